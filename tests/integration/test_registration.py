"""Devices are registered, replaced, moved, evicted and removed."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fcm_emulator.targets import Target, new_fid, new_legacy_token
from firebell import registration
from firebell.core import schema
from firebell.errors import InvalidRequest, NotAllowed
from tests.integration.scene import TEXT, Phone, Scene, complete


def unregister(scene: Scene, phone: Phone, *, uid: str | None = None) -> bool:
    target = {"kind": phone.target.kind, "value": phone.target.value}
    answer = registration.unregister_device(uid or scene.uid, {"target": target}, scene.services)
    return answer["removed"]


def test_new_device_is_written_whole(scene: Scene) -> None:
    target = new_legacy_token()

    phone = scene.register(
        target, "android", locale="de-CH", timezone="Europe/Zurich", appVersion="3.1", label="Pixel"
    )

    recipient = scene.recipient()
    assert recipient.pop("partition") in range(schema.PARTITIONS)
    assert recipient == {
        "devices": {
            phone.id: {
                "target": {"kind": "legacyToken", "value": target.value},
                "platform": "android",
                "createdAt": scene.clock.now,
                "lastSeenAt": scene.clock.now,
                "state": "active",
                "reason": None,
                "locale": "de-CH",
                "timezone": "Europe/Zurich",
                "appVersion": "3.1",
                "label": "Pixel",
            }
        },
        "oldestSeenOn": scene.clock.now.date().isoformat(),
        "locale": "de-CH",
        "timezone": "Europe/Zurich",
    }
    assert phone.id == target.value.partition(":")[0]
    assert set(scene.owners()) == {scene.uid}


def test_unchanged_device_is_written_once_a_day(scene: Scene) -> None:
    phone = scene.device()
    reference = scene.client.document("recipients/ada")
    first = reference.get().update_time

    scene.clock.pass_s(schema.HEARTBEAT_S - 1)
    scene.register(phone.target, phone.platform)
    second = reference.get().update_time
    scene.clock.pass_s(1)
    scene.register(phone.target, phone.platform)

    assert second == first
    device = scene.recipient()["devices"][phone.id]
    assert device["lastSeenAt"] == scene.clock.now
    assert device["createdAt"] < scene.clock.now


def test_changed_device_is_written_at_once_and_keeps_what_is_left_out(scene: Scene) -> None:
    target = new_fid()
    scene.register(target, "ios", label="My phone", appVersion="1")

    phone = scene.register(target, "ios", appVersion="2")

    device = scene.recipient()["devices"][phone.id]
    assert (device["label"], device["appVersion"]) == ("My phone", "2")


def test_twenty_first_device_evicts_the_one_not_seen_for_longest(scene: Scene) -> None:
    phones = []
    for _ in range(20):
        phones.append(scene.device("web"))
        scene.clock.pass_s(60)
    scene.clock.pass_s(schema.HEARTBEAT_S)
    scene.register(phones[0].target, "web")

    newest = scene.device("ios")

    left = {phone.id for phone in (*phones, newest)} - {phones[1].id}
    assert set(scene.recipient()["devices"]) == left
    assert len(scene.owners()) == 20


def test_fid_replaces_the_legacy_token_of_its_installation(scene: Scene) -> None:
    old = scene.device()
    fid = Target(kind="fid", value=old.id)
    scene.emulator.register_device(fid, "android")

    new = scene.register(fid, "android")

    assert new.id == old.id
    devices = scene.recipient()["devices"]
    assert {id: device["target"]["kind"] for id, device in devices.items()} == {new.id: "fid"}
    assert scene.owners() == [scene.uid]


@pytest.mark.parametrize("form", ["legacyToken", "fid"])
def test_installation_moves_to_the_user_who_signs_in(scene: Scene, form: str) -> None:
    phone = scene.device()
    other = scene.device("ios")
    target = phone.target if form == "legacyToken" else Target(kind="fid", value=phone.id)
    scene.emulator.register_device(target, "android")

    scene.register(target, "android", uid="grace")

    assert set(scene.recipient()["devices"]) == {other.id}
    assert set(scene.recipient("grace")["devices"]) == {phone.id}
    assert sorted(set(scene.owners())) == ["ada", "grace"]
    scene.deliver(complete())
    assert [len(scene.emulator.messages(t)) for t in (phone.target, target, other.target)] == [
        0,
        0,
        1,
    ]


def test_legacy_token_takes_over_the_fid_of_another_user(scene: Scene) -> None:
    fid = scene.device("web")
    token = Target(kind="legacyToken", value=f"{fid.id}:APA91b{'x' * 100}")

    scene.register(token, "android", uid="grace")

    assert scene.recipient()["devices"] == {}
    assert set(scene.owners()) == {"grace"}


def test_two_users_who_register_one_target_at_once_leave_one_owner(scene: Scene) -> None:
    target = new_fid()
    scene.emulator.register_device(target, "ios")

    with ThreadPoolExecutor(2) as pool:
        phones = pool.map(lambda uid: scene.register(target, "ios", uid=uid), ("ada", "grace"))
        (phone, _) = list(phones)

    (owner,) = scene.owners()
    holders = [uid for uid in ("ada", "grace") if phone.id in scene.recipient(uid)["devices"]]
    assert holders == [owner]


def test_unregistered_device_gets_nothing_more(scene: Scene) -> None:
    phone, other = scene.device(), scene.device("ios")

    removed = [unregister(scene, phone), unregister(scene, phone)]
    scene.deliver(complete())

    assert removed == [True, False]
    assert set(scene.recipient()["devices"]) == {other.id}
    assert scene.owners() == [scene.uid]
    assert [scene.shown(found) for found in (phone, other)] == [[], [TEXT]]


def test_device_that_moved_on_is_not_unregistered_by_its_former_user(scene: Scene) -> None:
    phone = scene.device()
    scene.register(phone.target, phone.platform, uid="grace")

    removed = unregister(scene, phone)

    assert not removed
    assert set(scene.recipient("grace")["devices"]) == {phone.id}


def test_device_with_another_target_since_is_not_unregistered(scene: Scene) -> None:
    phone = scene.device()
    scene.register(Target(kind="fid", value=phone.id), "android")

    removed = unregister(scene, phone)

    assert not removed
    assert set(scene.recipient()["devices"]) == {phone.id}


def test_erased_user_registers_nothing(scene: Scene) -> None:
    phone = scene.device(uid="grace")
    scene.client.document("recipients/ada").set({"erasedAt": scene.clock.now})

    with pytest.raises(NotAllowed, match="user_erased"):
        scene.register(phone.target, phone.platform)

    assert set(scene.recipient()) == {"erasedAt"}
    assert set(scene.owners()) == {"grace"}


FID = {"kind": "fid", "value": "c" * 22}
INVALID: dict[str, tuple[Any, str]] = {
    "no map": ("x", "document"),
    "no target": ({"platform": "ios"}, "target"),
    "target of no kind": ({"target": {"value": "x"}, "platform": "ios"}, "target.kind"),
    "unknown kind": ({"target": {"kind": "apns", "value": "x"}, "platform": "ios"}, "target.kind"),
    "no FID": ({"target": {"kind": "fid", "value": "x"}, "platform": "ios"}, "target.value"),
    "no token": (
        {"target": {"kind": "legacyToken", "value": "a b" * 20}, "platform": "ios"},
        "target.value",
    ),
    "no platform": ({"target": FID}, "platform"),
    "unknown platform": ({"target": FID, "platform": "windows"}, "platform"),
    "unknown field": ({"target": FID, "platform": "ios", "uid": "grace"}, "uid"),
    "long label": ({"target": FID, "platform": "ios", "label": "x" * 101}, "label"),
    "lone surrogate": ({"target": FID, "platform": "ios", "label": "\ud83c"}, "label"),
}


@pytest.mark.parametrize(("body", "field"), INVALID.values(), ids=INVALID)
def test_bad_call_names_the_field_and_writes_nothing(scene: Scene, body: Any, field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        registration.register_device(scene.uid, body, scene.services)

    assert refused.value.field == field
    assert scene.recipient() == {}
    assert scene.owners() == []


def test_lost_claim_to_a_target_is_repaired_by_the_next_call(scene: Scene) -> None:
    phone = scene.device("ios")
    for snapshot in scene.client.collection("targets").stream():
        snapshot.reference.delete()

    scene.register(phone.target, phone.platform)
    scene.register(phone.target, phone.platform, uid="grace")

    assert phone.id not in scene.recipient()["devices"]
    assert scene.owners() == ["grace"]
