"""What users and operators decide, in whole deliveries: who is not pushed, who later, and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from firebell import outbox
from firebell.core import erasure, schema
from tests.integration.scene import A_RUN, TEXT, Scene, complete, stored

NIGHT = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
"""Midnight in Vienna, three hours before its clocks spring forward."""
MORNING = datetime(2026, 3, 29, 5, 0, tzinfo=UTC)
"""Seven o'clock there."""


def choose(scene: Scene, **settings: Any) -> None:
    """Let the user's settings be *settings*."""
    scene.client.document("recipients", scene.uid).update({"settings": settings})


def sleeps(scene: Scene, timezone: str | None = "Europe/Vienna") -> None:
    scene.clock.now = NIGHT
    choose(scene, quietHours={"start": "22:00", "end": "07:00", "timezone": timezone})


def operate(scene: Scene, **fields: Any) -> None:
    """Let an operator write *fields*, and every instance have seen them."""
    scene.client.document("config/runtime").set(fields, merge=True)
    scene.clock.pass_s(31)


def accept(scene: Scene, **fields: Any) -> dict[str, Any]:
    """Put a document into the outbox, handle its event, return its delivery."""
    snapshot = scene.outbox({"uid": scene.uid, "body": TEXT, **fields})
    outbox.accept(stored(snapshot), scene.services)
    return scene.record()


def end(record: dict[str, Any]) -> tuple[str, str | None]:
    return record["state"], record["reason"]


def test_quiet_hours_hold_the_push_and_not_the_inbox(scene: Scene) -> None:
    phone = scene.device()
    sleeps(scene)

    held = accept(scene)
    shown = scene.shown(phone)
    scene.clock.now = MORNING - timedelta(seconds=1)
    early = scene.again()
    scene.clock.now = MORNING
    sent = scene.again()

    assert (end(held), held["dueAt"], shown) == (("waiting", "quiet_hours"), MORNING, [])
    assert scene.inbox_reference().get().exists
    assert early == held
    assert end(sent) == ("done", None)
    assert scene.shown(phone) == [TEXT]


def test_bare_document_stands_in_the_inbox_s_queries_while_its_push_waits(scene: Scene) -> None:
    scene.device()
    sleeps(scene)

    held = scene.deliver({"message": TEXT})

    shown = scene.inbox_reference().get().to_dict() or {}
    assert end(held) == ("waiting", "quiet_hours")
    assert shown.keys() == {"message", "createdAt", "readAt", "archivedAt"}


def test_urgent_passes_quiet_hours(scene: Scene) -> None:
    phone = scene.device()
    sleeps(scene)

    assert end(scene.deliver(complete(urgent=True))) == ("done", None)
    assert scene.shown(phone) == [TEXT]


def test_quiet_hours_hold_a_retry_too(scene: Scene) -> None:
    phone, tablet = scene.device(), scene.device("ios")
    scene.clock.now = NIGHT - timedelta(hours=2, seconds=10)
    choose(scene, quietHours={"start": "22:00", "end": "07:00", "timezone": "Europe/Vienna"})
    scene.emulator.fault("UNAVAILABLE", target=phone.target, times=A_RUN)
    scene.deliver(complete())

    scene.clock.now = NIGHT
    held = scene.again()
    scene.clock.now = MORNING
    sent = scene.again()

    assert (end(held), held["dueAt"]) == (("waiting", "quiet_hours"), MORNING)
    assert end(sent) == ("done", None)
    assert [scene.shown(device) for device in (phone, tablet)] == [[TEXT], [TEXT]]


def test_push_whose_life_ends_in_the_night_stays_in_the_inbox_alone(scene: Scene) -> None:
    phone = scene.device()
    sleeps(scene)

    record = scene.deliver(complete(ttlSeconds=3600))

    assert end(record) == ("dropped", "quiet_hours")
    assert scene.shown(phone) == []


def test_unknown_time_zone_means_no_quiet_hours_and_says_so(scene: Scene) -> None:
    phone = scene.device()
    sleeps(scene, timezone="Mars/Olympus")

    assert end(scene.deliver(complete())) == ("done", "timezone_unknown")
    assert scene.shown(phone) == [TEXT]


def test_time_zone_of_the_last_device_counts_where_the_user_named_none(scene: Scene) -> None:
    phone = scene.device()
    scene.register(phone.target, "android", timezone="Europe/Vienna")
    sleeps(scene, timezone=None)

    assert end(scene.deliver(complete())) == ("waiting", "quiet_hours")


def test_what_is_read_in_the_night_is_not_pushed_in_the_morning(scene: Scene) -> None:
    phone = scene.device()
    sleeps(scene)
    scene.deliver(complete())
    scene.inbox_reference().update({"readAt": NIGHT})

    scene.clock.now = MORNING
    record = scene.again()

    assert end(record) == ("dropped", "already_read")
    assert scene.shown(phone) == []


@pytest.mark.parametrize(
    ("preference", "pushed", "in_inbox"),
    [
        ({"push": False, "inbox": True}, False, True),
        ({"push": True, "inbox": False}, True, False),
        ({"push": False, "inbox": False}, False, False),
    ],
    ids=["inbox alone", "push alone", "neither"],
)
def test_category_reaches_the_user_as_chosen(
    scene: Scene, preference: dict[str, bool], pushed: bool, in_inbox: bool
) -> None:
    phone = scene.device()
    choose(scene, preferences={"news": preference})

    record = accept(scene, category="news")

    assert end(record) == (("done", None) if pushed else ("dropped", "category_off"))
    assert scene.shown(phone) == ([TEXT] if pushed else [])
    assert scene.inbox_reference().get().exists is in_inbox
    assert not scene.client.document("outbox/n1").get().exists


def test_other_categories_are_as_before(scene: Scene) -> None:
    phone = scene.device()
    choose(scene, preferences={"news": {"push": False, "inbox": True}})

    scene.deliver(complete(category="chat"))

    assert scene.shown(phone) == [TEXT]


def test_cap_lets_so_many_pushes_through_and_the_rest_into_the_inbox(scene: Scene) -> None:
    phone = scene.device()
    scene.clock.now = NIGHT
    operate(scene, caps={"news": {"most": 2, "windowSeconds": 3600}})

    ends = [end(scene.deliver(complete(category="news"), id=f"n{i}")) for i in range(3)]
    urgent = end(scene.deliver(complete(category="news", urgent=True), id="urgent"))
    other = end(scene.deliver(complete(category="chat"), id="chat"))
    scene.clock.pass_s(3600)
    later = end(scene.deliver(complete(category="news"), id="later"))

    assert ends == [("done", None), ("done", None), ("dropped", "capped")]
    assert [urgent, other, later] == [("done", None)] * 3
    assert len(scene.shown(phone)) == 5


def test_push_that_is_never_sent_counts_towards_no_cap(scene: Scene) -> None:
    phone = scene.device()
    operate(scene, caps={"default": {"most": 1, "windowSeconds": 86_400}})

    refused = end(scene.deliver(complete(data={"x": "y" * 5000}), id="long"))
    sent = end(scene.deliver(complete(), id="short"))

    assert (refused, sent) == (("rejected", "rejected"), ("done", None))
    assert scene.shown(phone) == [TEXT]


def test_retry_is_not_counted_again(scene: Scene) -> None:
    phone = scene.device()
    operate(scene, caps={"default": {"most": 1, "windowSeconds": 86_400}})
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    scene.deliver(complete())

    scene.clock.pass_s(10)

    assert end(scene.again()) == ("done", None)
    assert scene.shown(phone) == [TEXT]


def test_stop_switch_holds_everything_and_loses_nothing(scene: Scene) -> None:
    phone = scene.device()
    operate(scene, sendingPaused=True)

    held = accept(scene)
    scene.clock.pass_s(3 * 86_400)
    still_held = scene.again()
    outbox.sweep(scene.services)
    operate(scene, sendingPaused=False)
    sent = scene.again()

    assert end(held) == ("waiting", "paused")
    assert still_held == held
    assert end(sent) == ("done", None)
    assert scene.inbox_reference().get().exists
    assert scene.shown(phone) == [TEXT]


def test_what_was_scheduled_waits_for_the_stop_switch(scene: Scene) -> None:
    phone = scene.device()
    accept(scene, sendAt=scene.clock.now + timedelta(seconds=60))
    operate(scene, sendingPaused=True)
    scene.clock.pass_s(60)
    task = {"kind": "outbox", "id": "n1"}

    outbox.deliver_task(task, scene.services)
    before = scene.record()
    operate(scene, sendingPaused=False)
    outbox.deliver_task(task, scene.services)

    assert before == {}
    assert scene.shown(phone) == [TEXT]


def test_erasure_does_not_wait_for_the_stop_switch(scene: Scene) -> None:
    phone = scene.device()
    accept(scene, sendAt=scene.clock.now + timedelta(days=1))
    scene.services.tombstones.begin(scene.uid, auth=False, now=scene.clock.now)
    operate(scene, sendingPaused=True)
    scene.clock.pass_s(schema.ERASE_AGAIN_AFTER_S)
    task = {"kind": "outbox", "id": erasure.errand_id(scene.uid)}

    outbox.deliver_task(task, scene.services)

    assert list(scene.client.collection("outbox").get()) == []
    assert list(scene.client.collection("targets").get()) == []
    assert scene.emulator.messages(phone.target) == []


def test_notification_named_like_an_erasure_waits_for_the_stop_switch(scene: Scene) -> None:
    phone = scene.device()
    scene.outbox({"uid": scene.uid, "body": TEXT}, id="erase-sale")
    operate(scene, sendingPaused=True)

    outbox.deliver_task({"kind": "outbox", "id": "erase-sale"}, scene.services)

    assert scene.record("erase-sale") == {}
    assert scene.emulator.messages(phone.target) == []


def test_dry_run_reaches_nobody_and_says_what_fcm_would(scene: Scene) -> None:
    phone, gone = scene.device(), scene.device("ios")
    scene.emulator.fault("UNREGISTERED", target=gone.target)

    record = accept(scene, validateOnly=True)

    assert end(record) == ("done", "validate_only")
    assert record["devices"][phone.id]["outcome"] == "accepted"
    assert record["devices"][gone.id]["outcome"] == "gone"
    assert scene.shown(phone) == []
    assert not scene.inbox_reference().get().exists


def test_dry_run_in_quiet_hours_says_so_and_waits_for_nothing(scene: Scene) -> None:
    scene.device()
    sleeps(scene)

    assert end(accept(scene, validateOnly=True)) == ("dropped", "quiet_hours")
