"""What FCM's refusals do to the devices and to the delivery."""

import dataclasses
from typing import Any

import pytest

from fcm_emulator.targets import Target, new_fid
from firebell import fcm
from firebell.config import Settings
from firebell.core import outcome
from firebell.core.deliveries import BadRequest
from firebell.core.model import LegacyToken
from firebell.fcm import Push
from tests.integration.doors import free_port
from tests.integration.scene import TEXT, Phone, Scene, complete


def line(record: dict[str, Any], phone: Phone) -> tuple[str, str | None]:
    found = record["devices"][phone.id]
    return found["outcome"], found["code"]


@pytest.mark.parametrize("platform", ["android", "ios"], ids=["legacy token", "FID"])
def test_unregistered_device_is_removed_with_its_targets(scene: Scene, platform: Any) -> None:
    gone, kept = scene.device(platform), scene.device("web")
    scene.emulator.unregister(gone.target)

    record = scene.deliver(complete())

    assert record["state"] == "done"
    assert line(record, gone) == ("gone", "UNREGISTERED")
    assert line(record, kept)[0] == "accepted"
    assert list(scene.recipient()["devices"]) == [kept.id]
    assert scene.owners() == [scene.uid]


def test_last_device_gone_leaves_the_delivery_dropped(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.unregister(phone.target)

    record = scene.deliver(complete())

    assert (record["state"], record["reason"]) == ("dropped", "no_device_left")
    assert scene.recipient()["devices"] == {}
    assert scene.recipient()["oldestSeenOn"] is None
    assert scene.owners() == []


def test_device_that_registered_anew_meanwhile_is_kept(scene: Scene) -> None:
    phone = scene.device()
    found = scene.services.devices.read(scene.uid)
    assert found is not None
    refused = found[0].devices[phone.id]
    scene.register(Target(kind="fid", value=phone.id), "android")
    other = scene.device("ios")

    scene.services.devices.settle(scene.uid, found[1], gone=[refused], suspect=[])

    assert set(scene.recipient()["devices"]) == {phone.id, other.id}
    assert scene.recipient()["devices"][phone.id]["target"]["kind"] == "fid"
    assert scene.owners() == [scene.uid] * 2


def test_device_gone_is_removed_also_when_the_recipient_changed_meanwhile(scene: Scene) -> None:
    phone = scene.device()
    found = scene.services.devices.read(scene.uid)
    assert found is not None
    other = scene.device("ios")

    gone = [found[0].devices[phone.id]]
    scene.services.devices.settle(scene.uid, found[1], gone=gone, suspect=[])

    assert set(scene.recipient()["devices"]) == {other.id}


def test_target_that_fcm_calls_malformed_is_set_aside(scene: Scene) -> None:
    malformed = scene.register(Target(kind="legacyToken", value="x" * 40), "android")
    kept = scene.device()

    first = scene.deliver(complete())
    second = scene.deliver(complete(), id="n2")

    assert line(first, malformed) == ("quarantined", "INVALID_ARGUMENT")
    device = scene.recipient()["devices"][malformed.id]
    assert (device["state"], device["reason"]) == ("quarantined", "target_refused")
    assert set(second["devices"]) == {kept.id}


def test_device_set_aside_is_sent_to_again_once_it_registers_again(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("INVALID_ARGUMENT", times=1)
    scene.deliver(complete())

    scene.register(phone.target, phone.platform)
    scene.deliver(complete(), id="n2")

    assert scene.shown(phone) == [TEXT]


def test_message_that_fcm_refuses_is_told_from_a_target_it_refuses(scene: Scene) -> None:
    phone = scene.device()
    push = Push(target=LegacyToken(value=phone.target.value), payload=b'{"data":{"from":"us"}}')

    (reply,) = scene.services.fcm.send([push])

    refused = outcome.classify(reply)
    assert isinstance(refused, BadRequest)
    assert (refused.code, refused.field) == ("INVALID_ARGUMENT", "message.data")


@pytest.mark.parametrize(
    "fault", ["SENDER_ID_MISMATCH", "THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR"]
)
def test_configuration_fault_fails_the_delivery_and_spares_devices(
    scene: Scene, fault: str
) -> None:
    phone = scene.device()
    before = scene.recipient()
    scene.emulator.fault(fault)

    record = scene.deliver(complete())

    assert (record["state"], record["reason"]) == ("failed", "configuration")
    assert line(record, phone) == ("failed", fault)
    assert "dueAt" not in record
    assert scene.recipient() == before


def test_right_to_send_that_is_missing_fails_the_delivery(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("IAM_PERMISSION_DENIED")

    record = scene.deliver(complete())

    assert (record["state"], line(record, phone)) == ("failed", ("failed", "HTTP_403"))


def test_fcm_that_cannot_be_reached_makes_the_delivery_wait(
    scene: Scene, settings: Settings
) -> None:
    phone = scene.device()
    nowhere = dataclasses.replace(settings, fcm_emulator_host=f"127.0.0.1:{free_port()}")
    without = dataclasses.replace(scene.services, fcm=fcm.connect(nowhere))

    record = dataclasses.replace(scene, services=without).deliver(complete())

    assert record["state"] == "waiting"
    assert line(record, phone) == ("waiting", "CANNOT_CONNECT")


def test_emulated_function_without_fcm_emulator_sends_nothing(
    scene: Scene, settings: Settings
) -> None:
    phone = scene.device()
    unset = dataclasses.replace(settings, fcm_emulator_host=None)
    without = dataclasses.replace(scene.services, fcm=fcm.connect(unset))

    record = dataclasses.replace(scene, services=without).deliver(complete())

    assert (record["state"], record["reason"]) == ("failed", "configuration")
    assert line(record, phone) == ("failed", "FCM_EMULATOR_HOST")


def test_fid_that_nobody_registered_is_gone(scene: Scene) -> None:
    phone = scene.register(new_fid(), "web")

    record = scene.deliver(complete())

    assert line(record, phone) == ("gone", "UNREGISTERED")
