"""A delivery is tried again: what FCM asks for, what changed meanwhile, and when it ends."""

from datetime import timedelta
from typing import Any

import pytest

from firebell import registration
from firebell.core import schema
from tests.integration.scene import A_RUN, TEXT, Phone, Scene, complete


def outcome(record: dict[str, Any], phone: Phone) -> tuple[str, str | None]:
    line = record["devices"][phone.id]
    return line["outcome"], line["code"]


def due_in_s(scene: Scene, record: dict[str, Any]) -> float:
    due: float = (record["dueAt"] - scene.clock.now).total_seconds()
    return due


@pytest.mark.parametrize(
    ("fault", "retry_after_s", "code", "wait_s"),
    [
        ("UNAVAILABLE", None, "UNAVAILABLE", 5),
        ("UNAVAILABLE", 100, "UNAVAILABLE", 100),
        ("INTERNAL", None, "INTERNAL", 5),
        ("HTML_502", None, "HTTP_502", 5),
        ("QUOTA_EXCEEDED", None, "QUOTA_EXCEEDED", 5),
        ("QUOTA_EXCEEDED", 7, "QUOTA_EXCEEDED", 7),
        ("PROJECT_QUOTA", None, "RATE_LIMIT_EXCEEDED", 60),
        ("PROJECT_QUOTA", 300, "RATE_LIMIT_EXCEEDED", 300),
    ],
)
def test_fault_that_passes_makes_the_device_wait_as_long_as_fcm_asks(
    scene: Scene, fault: str, retry_after_s: int | None, code: str, wait_s: float
) -> None:
    phone = scene.device()
    scene.emulator.fault(fault, times=A_RUN, retry_after_s=retry_after_s)

    record = scene.deliver(complete())

    assert (record["state"], record["reason"]) == ("waiting", "try_again")
    assert outcome(record, phone) == ("waiting", code)
    assert due_in_s(scene, record) == pytest.approx(wait_s, abs=0.001)
    assert scene.shown(phone) == []


def test_fault_of_seconds_is_cured_in_the_same_run(scene: Scene) -> None:
    phones = [scene.device(), scene.device("ios")]
    scene.emulator.fault("UNAVAILABLE", target=phones[0].target, times=2)
    scene.emulator.fault("UNAVAILABLE", target=phones[1].target, times=1, retry_after_s=2)
    started = scene.clock.now

    record = scene.deliver(complete())

    assert (record["state"], record["attempt"]) == ("done", 1)
    assert [scene.shown(phone) for phone in phones] == [[TEXT], [TEXT]]
    assert (scene.clock.now - started).total_seconds() == 2 + 1


def test_device_over_its_rate_waits_alone(scene: Scene) -> None:
    phones = [scene.device() for _ in range(3)]
    scene.emulator.fault("QUOTA_EXCEEDED", target=phones[0].target, times=1, retry_after_s=90)
    scene.emulator.fault("UNAVAILABLE", target=phones[1].target, times=A_RUN)

    first = scene.deliver(complete())
    scene.clock.now = first["dueAt"]
    second = scene.again()
    shown = [scene.shown(phone) for phone in phones]
    scene.clock.now = second["dueAt"]
    third = scene.again()

    assert shown == [[], [TEXT], [TEXT]]
    assert [record["state"] for record in (first, second, third)] == ["waiting", "waiting", "done"]
    assert scene.shown(phones[0]) == [TEXT]


def test_early_call_does_nothing_and_due_call_delivers(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    first = scene.deliver(complete())

    scene.clock.pass_s(4.9)
    early = scene.again()
    scene.clock.pass_s(0.2)
    due = scene.again()
    late = scene.again()

    assert early == first
    assert (due["state"], due["attempt"], outcome(due, phone)[0]) == ("done", 2, "accepted")
    assert "dueAt" not in due
    assert late == due
    assert scene.shown(phone) == [TEXT]


def test_only_devices_that_wait_are_sent_to_again(scene: Scene) -> None:
    accepted, waiting = scene.device("ios"), scene.device("web")
    scene.emulator.fault("UNAVAILABLE", target=waiting.target, times=2 * A_RUN)
    scene.deliver(complete())

    scene.clock.pass_s(10)
    second = scene.again()
    scene.clock.pass_s(20)
    third = scene.again()

    assert (second["state"], third["state"]) == ("waiting", "done")
    assert [scene.shown(phone) for phone in (accepted, waiting)] == [[TEXT], [TEXT]]


def test_waits_grow_with_each_attempt(scene: Scene) -> None:
    scene.device()
    scene.emulator.fault("UNAVAILABLE")
    record = scene.deliver(complete())

    waits = []
    for _ in range(4):
        waits.append(due_in_s(scene, record))
        scene.clock.now = record["dueAt"]
        record = scene.again()

    assert waits == pytest.approx([5, 10, 20, 40], abs=0.001)


def test_device_that_changed_hands_gets_nothing_of_its_former_user(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    scene.deliver(complete())
    scene.register(phone.target, phone.platform, uid="grace")

    scene.clock.pass_s(10)
    record = scene.again()

    assert (record["state"], record["reason"]) == ("dropped", "no_device")
    assert outcome(record, phone) == ("skipped", "UNAVAILABLE")
    assert scene.shown(phone) == []


def test_device_with_another_target_since_gets_it_there(scene: Scene) -> None:
    phone, other = scene.device(), scene.device("ios")
    scene.emulator.fault("UNAVAILABLE", target=phone.target, times=A_RUN)
    scene.deliver(complete())
    fresh = type(phone.target)(kind="fid", value=phone.id)
    scene.emulator.register_device(fresh, "android")
    scene.register(fresh, "android")

    scene.clock.pass_s(10)
    record = scene.again()

    assert record["state"] == "done"
    got = [len(scene.emulator.messages(target)) for target in (phone.target, fresh, other.target)]
    assert got == [0, 1, 1]


def test_device_that_was_removed_is_skipped(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    scene.deliver(complete())
    target = {"kind": phone.target.kind, "value": phone.target.value}
    registration.unregister_device(scene.uid, {"target": target}, scene.services)

    scene.clock.pass_s(10)
    record = scene.again()

    assert (record["state"], outcome(record, phone)[0]) == ("dropped", "skipped")
    assert scene.shown(phone) == []


def test_device_registered_after_the_first_attempt_is_not_owed_it(scene: Scene) -> None:
    scene.device()
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    scene.deliver(complete())
    later = scene.device()

    scene.clock.pass_s(10)
    scene.again()

    assert scene.shown(later) == []


@pytest.mark.parametrize(
    ("fields", "life_s"),
    [({}, schema.GIVE_UP_AFTER_S), ({"ttlSeconds": 100}, 100)],
    ids=["a day", "ttlSeconds"],
)
def test_delivery_is_given_up_when_nobody_wants_the_push_any_more(
    scene: Scene, fields: dict[str, Any], life_s: float
) -> None:
    phone = scene.device()
    scene.emulator.fault("UNAVAILABLE")
    started = scene.clock.now
    record = scene.deliver(complete(**fields))

    while record["state"] == "waiting":
        assert record["dueAt"] < started + timedelta(seconds=life_s)
        scene.clock.now = record["dueAt"]
        record = scene.again()

    assert (record["state"], outcome(record, phone)[0]) == ("gaveUp", "gaveUp")
    assert scene.clock.now < started + timedelta(seconds=life_s)


def test_deliver_that_comes_after_a_day_is_given_up(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    scene.deliver(complete())

    scene.clock.pass_s(schema.GIVE_UP_AFTER_S)
    record = scene.again()

    assert (record["state"], outcome(record, phone)[0]) == ("gaveUp", "gaveUp")
    assert scene.shown(phone) == []


def test_notification_deleted_between_attempts_is_dropped(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    scene.deliver(complete())
    scene.inbox_reference().delete()

    scene.clock.pass_s(10)
    record = scene.again()

    assert (record["state"], record["reason"]) == ("dropped", "notification_deleted")
    assert scene.shown(phone) == []
