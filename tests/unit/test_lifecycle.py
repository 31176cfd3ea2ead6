from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from firebell.core import lifecycle, schema, settlement
from firebell.core.deliveries import Accepted, Delivery, DeviceRecord, Result, State, TryAgain
from firebell.core.model import Source
from tests.builders import (
    NOW,
    a_delivery,
    a_device,
    a_legacy_token,
    a_line,
    a_notification,
    a_waiting_line,
    case_id,
)

LATER = NOW + timedelta(minutes=5)
PHONE, TABLET = a_device(1), a_device(2)
OK = Accepted(message_name="projects/demo-firebell/messages/0:1")


def waiting(*lines: tuple[str, DeviceRecord], **overrides: Any) -> Delivery:
    """Return a delivery that waits until `LATER`."""
    fields = {"state": State.WAITING, "due_at": LATER, "devices": dict(lines)}
    return a_delivery(**(fields | overrides))


def test_claim_is_a_first_attempt_with_a_lease_of_two_minutes() -> None:
    claim = lifecycle.claim("ada", "n1", source="inbox", now=NOW)

    assert claim == a_delivery(id="b225ee434bf904eb4a0e4a2e92dcae67")


def test_notification_ids_of_different_users_do_not_collide() -> None:
    assert lifecycle.delivery_id("ada", "n1") == "b225ee434bf904eb4a0e4a2e92dcae67"
    assert lifecycle.delivery_id("bob", "n1") != lifecycle.delivery_id("ada", "n1")


@pytest.mark.parametrize(
    "delivery",
    [a_delivery(due_at=LATER), waiting(), a_delivery(state=State.DONE, due_at=None)],
    ids=["lease lives", "not due yet", "finished"],
)
def test_work_that_comes_early_does_nothing(delivery: Delivery) -> None:
    assert lifecycle.take_over(delivery, now=LATER - timedelta(microseconds=1)) is None


@pytest.mark.parametrize(
    ("state", "cut_off"),
    [(State.CLAIMED, 1), (State.WAITING, 0)],
    ids=["cut off", "waited"],
)
def test_due_work_is_taken_over_with_a_lease_of_its_own(state: State, cut_off: int) -> None:
    before = waiting(("a", a_waiting_line()), state=state, attempt=4)

    taken = lifecycle.take_over(before, now=LATER)

    assert taken == waiting(
        ("a", a_waiting_line()),
        state=State.CLAIMED,
        attempt=5,
        cut_off=cut_off,
        due_at=LATER + timedelta(minutes=2),
    )


@pytest.mark.parametrize(
    ("age", "cut_off", "is_over"),
    [
        (timedelta(hours=23, minutes=59), 60, False),
        (timedelta(hours=24), 2, True),
        (timedelta(minutes=1), 61, True),
    ],
    ids=["within both", "a day old", "cut off too often"],
)
def test_delivery_is_over_after_a_day_or_sixty_runs_cut_off(
    age: timedelta, cut_off: int, is_over: bool
) -> None:
    delivery = a_delivery(attempt=1000, cut_off=cut_off)

    assert lifecycle.is_over(delivery, now=NOW + age) is is_over


def test_time_of_a_delivery_begins_with_what_could_be_recorded() -> None:
    taken = lifecycle.take_over(a_delivery(), now=NOW + timedelta(days=2))

    assert taken is not None
    assert not lifecycle.is_over(taken, now=NOW + timedelta(days=2))


def test_run_may_send_long_before_its_lease_ends() -> None:
    claim = lifecycle.claim("ada", "n1", source="inbox", now=NOW)

    assert lifecycle.send_until(claim) == NOW + timedelta(seconds=schema.SEND_WITHIN_S)
    assert lifecycle.send_until(waiting()) is None
    assert lifecycle.send_until(lifecycle.drop(claim, "expired")) is None


def test_dropped_delivery_says_why() -> None:
    dropped = lifecycle.drop(a_delivery(), "no_device")

    assert dropped == a_delivery(state=State.DROPPED, reason="no_device", due_at=None)


def test_rejected_delivery_names_the_field() -> None:
    rejected = lifecycle.reject(a_delivery(), field="title", problem="must be a string")

    assert rejected == a_delivery(
        state=State.REJECTED,
        reason="rejected",
        rejected_field="title",
        problem="must be a string",
        due_at=None,
    )


@pytest.mark.parametrize(
    ("finished", "state", "result", "reason"),
    [
        (lifecycle.drop(waiting(("a", a_waiting_line())), "expired"), "dropped", "skipped", None),
        (lifecycle.give_up(waiting(("a", a_waiting_line()))), "gaveUp", "gaveUp", "gave_up"),
        (
            lifecycle.reject(waiting(("a", a_waiting_line())), field="title", problem="x"),
            "rejected",
            "rejected",
            "rejected",
        ),
    ],
    ids=["dropped", "given up", "rejected"],
)
def test_end_reaches_the_devices_that_wait(
    finished: Delivery, state: str, result: str, reason: str | None
) -> None:
    line = finished.devices["a"]

    assert (finished.state, finished.due_at) == (state, None)
    assert (line.result, line.reason) == (result, reason or finished.reason)
    assert line.code == "UNAVAILABLE"


def test_end_leaves_what_is_settled_and_is_done_where_one_was_reached() -> None:
    lines = (("a", a_line()), ("b", a_line(result=Result.GONE)), ("c", a_waiting_line()))

    ended = lifecycle.give_up(waiting(*lines))

    assert ended.state is State.DONE
    assert [line.result for line in ended.devices.values()] == ["accepted", "gone", "gaveUp"]


def test_first_attempt_owes_every_device() -> None:
    assert lifecycle.owed(a_delivery(), (PHONE, TABLET), now=NOW) == (PHONE, TABLET)


@pytest.mark.parametrize(
    "result",
    [result for result in Result if result is not Result.WAITING],
    ids=case_id,
)
def test_settled_device_is_owed_nothing(result: Result) -> None:
    before = waiting((PHONE.id, a_line(result=result)))

    assert lifecycle.owed(before, (PHONE,), now=NOW) == ()


def test_device_that_waits_is_owed_its_message_also_with_a_new_target() -> None:
    before = waiting((PHONE.id, a_waiting_line()))
    newcomer = a_device(3)
    refreshed = a_device(1, target=a_legacy_token(1))

    assert lifecycle.owed(before, (PHONE, newcomer), now=NOW) == (PHONE,)
    assert lifecycle.owed(before, (refreshed,), now=NOW) == (refreshed,)


@pytest.mark.parametrize(
    ("tries", "after_s", "jitter", "wait_s"),
    [
        (1, None, 0.0, 5.0),
        (1, None, 1.0, 10.0),
        (3, None, 0.5, 30.0),
        (30, None, 1.0, 3600.0),
        (1, 60.0, 0.0, 60.0),
        (1, 60.0, 0.5, 65.0),
        (9, 60.0, 0.0, 1280.0),
        (1, 0.0, 0.0, 5.0),
    ],
    ids=case_id,
)
def test_wait_grows_is_jittered_and_honours_fcm(
    tries: int, after_s: float | None, jitter: float, wait_s: float
) -> None:
    asked = TryAgain(code="QUOTA_EXCEEDED", after_s=after_s)

    at = settlement.next_try(tries, asked, now=NOW, jitter=jitter)

    assert (at - NOW).total_seconds() == wait_s


@pytest.mark.parametrize(
    ("says", "ends"),
    [
        ({"ttl_s": None, "expire_at": None}, NOW + timedelta(hours=24)),
        ({"ttl_s": 60, "expire_at": None}, NOW + timedelta(seconds=60)),
        ({"ttl_s": 0, "expire_at": None}, NOW),
        ({"ttl_s": 2_419_200, "expire_at": None}, NOW + timedelta(hours=24)),
        ({"ttl_s": 60, "expire_at": LATER}, NOW + timedelta(seconds=60)),
        ({"ttl_s": 3600, "expire_at": LATER}, LATER),
    ],
    ids=["a day", "its life", "now or never", "never more than a day", "life first", "end first"],
)
def test_push_is_wanted_until_its_life_its_end_or_a_day_is_over(
    says: dict[str, Any], ends: datetime
) -> None:
    assert lifecycle.deadline(a_delivery(), a_notification(**says)) == ends


@pytest.mark.parametrize(
    ("attempt", "age_s", "is_late"),
    [(1, 60, False), (2, 29, False), (2, 30, True)],
    ids=["a first attempt is in time", "before the end of its life", "at its end"],
)
def test_repeated_attempt_after_the_push_s_life_is_late(
    attempt: int, age_s: int, is_late: bool
) -> None:
    delivery, notification = a_delivery(attempt=attempt), a_notification(ttl_s=30, expire_at=None)

    late = lifecycle.is_late(delivery, notification, now=NOW + timedelta(seconds=age_s))

    assert late is is_late


def test_redriven_delivery_is_due_for_those_that_failed_or_were_given_up() -> None:
    reached, gone = a_line(), a_line(result=Result.GONE, reason="unregistered")
    failed = a_line(result=Result.FAILED, code="THIRD_PARTY_AUTH_ERROR", reason="configuration")
    tired = a_waiting_line(result=Result.GAVE_UP, reason="gave_up")
    lines = {"a": reached, "b": gone, "c": failed, "d": tired}
    before = a_delivery(
        state=State.DONE, due_at=None, attempt=60, deferrals=3, counts_from=NOW, devices=lines
    )

    redriven = lifecycle.redrive(before, now=LATER)

    again: dict[str, Any] = {"result": Result.WAITING, "reason": "redriven", "retry_at": LATER}
    assert redriven == a_delivery(
        state=State.WAITING,
        reason="redriven",
        due_at=LATER,
        counts_from=LATER,
        devices={
            "a": reached,
            "b": gone,
            "c": replace(failed, **again),
            "d": replace(tired, **again),
        },
    )


def test_redriven_delivery_has_its_time_and_attempts_before_it() -> None:
    late = NOW + timedelta(days=20)
    given_up = lifecycle.give_up(a_delivery(attempt=61))

    redriven = lifecycle.redrive(given_up, now=late)

    assert redriven is not None
    taken = lifecycle.take_over(redriven, now=late)
    assert taken is not None
    assert not lifecycle.is_over(taken, now=late + timedelta(hours=23))
    assert taken.devices == {}, "owed to every device, as on the first attempt"


@pytest.mark.parametrize(
    "delivery",
    [
        a_delivery(state=State.DONE, due_at=None, devices={"a": a_line()}),
        a_delivery(state=State.DROPPED, due_at=None),
        a_delivery(
            state=State.REJECTED, due_at=None, devices={"a": a_line(result=Result.REJECTED)}
        ),
        a_delivery(state=State.GAVE_UP, due_at=None, devices={"a": a_line(result=Result.GONE)}),
        waiting(("a", a_waiting_line()), ("b", a_line(result=Result.FAILED))),
    ],
    ids=["reached all", "dropped", "rejected", "all gone", "not finished"],
)
def test_delivery_with_nobody_to_try_again_is_not_redriven(delivery: Delivery) -> None:
    assert lifecycle.redrive(delivery, now=LATER) is None


@pytest.mark.parametrize(
    ("source", "state", "due_at", "frees", "keeps"),
    [
        ("outbox", State.DONE, None, True, False),
        ("outbox", State.DROPPED, None, True, False),
        ("outbox", State.GAVE_UP, None, False, True),
        ("outbox", State.FAILED, None, False, True),
        ("outbox", State.REJECTED, None, False, True),
        ("outbox", State.WAITING, LATER, False, False),
        ("inbox", State.DONE, None, False, False),
        ("inbox", State.FAILED, None, False, False),
    ],
    ids=[
        *("sent", "dropped", "given up", "failed", "rejected"),
        *("still waiting", "not from the outbox", "failed, not from the outbox"),
    ],
)
def test_outbox_document_goes_at_the_end_unless_an_operator_may_want_it(
    source: Source, state: State, due_at: datetime | None, frees: bool, keeps: bool
) -> None:
    delivery = a_delivery(source=source, state=state, due_at=due_at)

    assert lifecycle.frees_outbox(delivery) is frees
    assert lifecycle.keeps_outbox(delivery) is keeps


@pytest.mark.parametrize(
    ("attempt", "deferrals", "is_first"), [(1, 0, True), (2, 1, True), (2, 0, False), (4, 1, False)]
)
def test_first_try_is_the_first_attempt_that_was_not_put_off(
    attempt: int, deferrals: int, is_first: bool
) -> None:
    delivery = a_delivery(attempt=attempt, deferrals=deferrals)

    assert lifecycle.is_first_try(delivery) is is_first


def test_what_is_put_off_waits_without_using_up_its_time_or_attempts() -> None:
    late = NOW + timedelta(hours=30)
    put_off = lifecycle.defer(a_delivery(), until=late, reason="quiet_hours")

    assert (put_off.state, put_off.reason, put_off.due_at) == (State.WAITING, "quiet_hours", late)
    late += timedelta(days=3)  # sending was paused
    taken = lifecycle.take_over(put_off, now=late)
    assert taken is not None
    assert not lifecycle.is_over(taken, now=late)
    assert not lifecycle.is_over(taken, now=late + timedelta(hours=23))
    assert lifecycle.is_over(taken, now=late + timedelta(hours=24))
    often = replace(taken, attempt=1000, deferrals=999)
    assert not lifecycle.is_over(often, now=late)
