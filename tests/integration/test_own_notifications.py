"""Users list their devices, try a notification on them, and tell that they opened one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from fcm_emulator.targets import new_legacy_token
from firebell import outbox, own_notifications, registration
from firebell.core import schema, trial
from firebell.errors import InvalidRequest, LimitReached, NotAllowed, NotFound
from tests.integration.api import outbox as outbox_of
from tests.integration.scene import Scene, complete, stored

Call = Callable[..., dict[str, Any]]


def send_test(scene: Scene, uid: str | None = None) -> str:
    answer = own_notifications.send_test_notification(uid or scene.uid, None, scene.services)
    return answer["notificationId"]


def record_open(scene: Scene, id: str = "n1", *, uid: str | None = None) -> str:
    body = {"notificationId": id}
    return own_notifications.record_open(uid or scene.uid, body, scene.services)["openedAt"]


def inbox(scene: Scene, id: str = "n1") -> dict[str, Any]:
    return scene.inbox_reference(id).get().to_dict() or {}


def test_devices_are_listed_newest_first_and_nobody_elses(scene: Scene) -> None:
    scene.register(new_legacy_token(), "android", label="old phone")
    scene.clock.pass_s(31 * 86_400)
    scene.register(new_legacy_token(), "ios", label="new phone")
    scene.device(uid="grace")

    listed = registration.list_devices(scene.uid, None, scene.services)

    shown = [(line["label"], line["isStale"]) for line in listed["devices"]]
    assert shown == [("new phone", False), ("old phone", True)]
    assert registration.list_devices("nobody", {}, scene.services) == {"devices": []}


def test_test_notification_reaches_every_device_and_no_inbox(scene: Scene) -> None:
    phones = [scene.device("android"), scene.device("ios")]
    stranger = scene.device(uid="grace")

    id = send_test(scene)
    outbox.accept(stored(scene.client.document("outbox", id).get()), scene.services)

    assert [scene.shown(phone) for phone in phones] == [[trial.BODY]] * 2
    assert scene.shown(stranger) == []
    assert inbox(scene, id) == {}
    assert scene.record(id)["state"] == "done"


def test_erased_user_is_refused_a_test_notification_and_leaves_nothing(scene: Scene) -> None:
    scene.services.tombstones.begin(scene.uid, auth=False, now=scene.clock.now)

    with pytest.raises(NotAllowed, match="user_erased"):
        send_test(scene)

    assert list(scene.client.collection("counters").get()) == []
    assert [kind for kind in outbox_of(scene) if not kind.startswith("erase-")] == []


def test_eleventh_in_a_minute_is_refused_until_the_next(scene: Scene) -> None:
    scene.clock.now = scene.clock.now.replace(second=15, microsecond=0)
    for _ in range(schema.TESTS_PER_MINUTE):
        send_test(scene)

    with pytest.raises(LimitReached) as refused:
        send_test(scene)
    send_test(scene, "grace")
    scene.clock.pass_s(refused.value.retry_after_s - 1)
    with pytest.raises(LimitReached):
        send_test(scene)
    scene.clock.pass_s(1)
    send_test(scene)

    assert refused.value.retry_after_s == 45
    mine = [d for d in outbox_of(scene).values() if d["uid"] == scene.uid]
    assert len(mine) == schema.TESTS_PER_MINUTE + 1


def test_two_hundred_and_first_in_a_day_is_refused_until_the_next(scene: Scene) -> None:
    scene.clock.now = scene.clock.now.replace(hour=3, minute=0, second=0, microsecond=0)
    for _ in range(schema.TESTS_PER_DAY):
        send_test(scene)
        scene.clock.pass_s(6)

    with pytest.raises(LimitReached, match="200 test notifications a day") as refused:
        send_test(scene)
    scene.clock.pass_s(refused.value.retry_after_s)
    send_test(scene)

    assert scene.clock.now.hour == 0


def test_calls_at_once_get_no_further_than_calls_in_turn(scene: Scene) -> None:
    def attempt(_: int) -> bool:
        try:
            send_test(scene)
        except LimitReached:
            return False
        return True

    with ThreadPoolExecutor(8) as callers:
        sent = list(callers.map(attempt, range(16)))

    assert sum(sent) == len(outbox_of(scene)) == schema.TESTS_PER_MINUTE


def test_counters_name_their_user_and_expire(scene: Scene) -> None:
    send_test(scene)

    counters = [snapshot.to_dict() or {} for snapshot in scene.client.collection("counters").get()]
    assert [(counter["uid"], counter["count"]) for counter in counters] == [("ada", 1)] * 2
    ends = sorted(counter["expireAt"] for counter in counters)
    assert ends[0] - scene.clock.now <= timedelta(minutes=1)
    assert ends[1] - scene.clock.now <= timedelta(days=1)


def test_opened_notification_is_read_and_seen(scene: Scene) -> None:
    scene.inbox(complete())

    opened_at = record_open(scene)

    now = scene.clock.now
    found = inbox(scene)
    assert [found[name] for name in ("openedAt", "readAt", "seenAt")] == [now] * 3
    assert opened_at == now.isoformat().replace("+00:00", "Z")


def test_first_opening_counts_and_what_was_read_before_stays_so(scene: Scene) -> None:
    earlier = scene.clock.now - timedelta(hours=1)
    scene.inbox(complete(readAt=earlier, openedAt="by a careless backend"))

    first = record_open(scene)
    version = scene.inbox_reference().get().update_time
    scene.clock.pass_s(60)
    again = record_open(scene)

    assert again == first
    assert inbox(scene)["readAt"] == earlier
    assert scene.inbox_reference().get().update_time == version


def test_devices_that_open_it_at_once_agree_when_it_was(scene: Scene) -> None:
    scene.inbox(complete())

    def attempt(_: int) -> str:
        return record_open(scene)

    with ThreadPoolExecutor(6) as callers:
        told = set(callers.map(attempt, range(6)))

    assert len(told) == 1


@pytest.mark.parametrize("id", ["n2", "x" * 1500, "../n1", "ñ\n"])
def test_notification_that_is_not_in_the_own_inbox_does_not_exist(scene: Scene, id: str) -> None:
    scene.deliver(complete(), uid="grace")
    scene.inbox(complete())

    with pytest.raises((NotFound, InvalidRequest)):
        record_open(scene, id)
    with pytest.raises(NotFound):
        record_open(scene, uid="eve")

    owner = scene.inbox_reference(uid="grace").get().to_dict() or {}
    assert "openedAt" not in owner


@pytest.mark.parametrize(
    "body",
    [
        *(None, {}, {"notificationId": None}, {"notificationId": 7}, {"notificationId": ""}),
        *({"notificationId": "a/b"}, {"notificationId": ".."}, {"notificationId": "x" * 1501}),
        {"notificationId": "\ud800"},
        {"notificationId": "n1", "uid": "grace"},
    ],
)
def test_bad_call_is_refused(scene: Scene, body: Any) -> None:
    with pytest.raises(InvalidRequest):
        own_notifications.record_open(scene.uid, body, scene.services)


@pytest.mark.parametrize(
    "call", [own_notifications.send_test_notification, registration.list_devices]
)
def test_call_without_arguments_takes_none(scene: Scene, call: Call) -> None:
    bodies: tuple[Any, ...] = ({"uid": "grace"}, {"title": "Your bank needs you"}, [], "x")
    for body in bodies:
        with pytest.raises(InvalidRequest):
            call(scene.uid, body, scene.services)

    assert outbox_of(scene) == {}
