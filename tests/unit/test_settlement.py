"""`settlement`: what FCM's answers make of the devices' lines and of the delivery."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from firebell.core import lifecycle, schema, settlement
from firebell.core.deliveries import (
    Accepted,
    BadRequest,
    ConfigurationFault,
    Delivery,
    Gone,
    Outcome,
    Result,
    Skipped,
    State,
    Suspect,
    TryAgain,
)
from firebell.core.model import Device, Notification
from tests.builders import NOW, a_delivery, a_device, a_line, a_notification, a_waiting_line

SOON = NOW + timedelta(seconds=5)
"""When an unlucky first attempt is tried again, without jitter."""
LASTING = a_notification(ttl_s=None, expire_at=None)
PHONE, TABLET, WATCH = a_device(1), a_device(2), a_device(3)
OK = Accepted(message_name="projects/demo-firebell/messages/0:1")
BUSY = TryAgain(code="UNAVAILABLE")
REFUSED = BadRequest(code="INVALID_ARGUMENT", field="message.android.ttl", problem="Invalid")


@pytest.mark.parametrize(
    ("outcome", "line", "state"),
    [
        (OK, {}, "done"),
        (Gone(code="UNREGISTERED"), {"result": "gone", "reason": "unregistered"}, "dropped"),
        (
            Suspect(code="INVALID_ARGUMENT"),
            {"result": "quarantined", "reason": "target_refused"},
            "dropped",
        ),
        (REFUSED, {"result": "rejected", "reason": "message_refused"}, "rejected"),
        (
            ConfigurationFault(code="SENDER_ID_MISMATCH"),
            {"result": "failed", "reason": "configuration"},
            "failed",
        ),
        (BUSY, {"result": "waiting", "reason": "try_again"}, "waiting"),
        (Skipped(reason="silent_web"), {"result": "skipped", "reason": "silent_web"}, "dropped"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict | str) else None,
)
def test_outcome_settles_the_device_and_the_delivery(
    outcome: Outcome, line: dict[str, Any], state: str
) -> None:
    code = {} if outcome is OK else {"message_name": None, "code": getattr(outcome, "code", None)}

    waits = {"retry_at": SOON, "tries": 1} if state == "waiting" else {}

    settled = conclude(a_delivery(), {PHONE: outcome})

    assert settled.devices == {PHONE.id: a_line(**(line | code | waits))}
    assert settled.state == state
    assert settled.due_at == (SOON if state == "waiting" else None)


def test_outcome_nobody_knows_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        settlement.record(PHONE, cast(Outcome, "delivered"))


@pytest.mark.parametrize(
    ("outcomes", "state", "reason"),
    [
        ((OK, BUSY), "waiting", "try_again"),
        ((OK, REFUSED), "done", None),
        ((REFUSED, ConfigurationFault(code="x")), "rejected", "rejected"),
        ((Gone(code="x"), ConfigurationFault(code="x")), "failed", "configuration"),
        ((Gone(code="x"), Suspect(code="x")), "dropped", "no_device_left"),
        ((), "dropped", "no_device_left"),
    ],
    ids=["one waits", "one has it", "refused", "misconfigured", "none left", "none tried"],
)
def test_delivery_stands_as_its_devices_do(
    outcomes: tuple[Outcome, ...], state: str, reason: str | None
) -> None:
    tried = dict(zip((PHONE, TABLET), outcomes, strict=False))

    settled = conclude(a_delivery(), tried)

    assert (settled.state, settled.reason) == (state, reason)


def test_device_that_waited_and_is_no_longer_there_is_skipped() -> None:
    before = a_delivery(devices={PHONE.id: a_waiting_line(), TABLET.id: a_line()})

    settled = conclude(before, {})

    assert settled.devices[PHONE.id] == a_waiting_line(result=Result.SKIPPED, reason="device_left")
    assert settled.devices[TABLET.id] == a_line()
    assert settled.state is State.DONE


def test_refusal_of_the_message_stays_on_record_while_another_device_waits() -> None:
    first = conclude(a_delivery(), {PHONE: REFUSED, TABLET: BUSY})

    last = conclude(first, {TABLET: Gone(code="UNREGISTERED")})

    assert last.state is State.REJECTED
    assert (last.rejected_field, last.problem) == ("message.android.ttl", "Invalid")


@pytest.mark.parametrize(
    ("ttl_s", "state"), [(5, State.GAVE_UP), (6, State.WAITING)], ids=["too long", "in time"]
)
def test_device_that_would_wait_past_the_push_s_life_is_given_up(ttl_s: int, state: State) -> None:
    notification = a_notification(ttl_s=ttl_s, expire_at=None)

    concluded = conclude(a_delivery(), {PHONE: BUSY}, notification)

    assert concluded.state is state
    assert (concluded.due_at is None) is (state is State.GAVE_UP)


def test_conclusion_without_a_wait_is_final_however_short_the_life() -> None:
    notification = a_notification(ttl_s=0, expire_at=None)

    concluded = conclude(a_delivery(), {PHONE: OK}, notification)

    assert concluded.state is State.DONE


def test_each_device_waits_for_itself() -> None:
    over_its_rate = TryAgain(code="QUOTA_EXCEEDED", after_s=120)

    first = conclude(a_delivery(), {PHONE: over_its_rate, TABLET: BUSY, WATCH: OK})

    assert first.due_at == SOON
    assert waits(first) == {PHONE.id: NOW + timedelta(seconds=120), TABLET.id: SOON}
    assert lifecycle.owed(first, (PHONE, TABLET, WATCH), now=SOON) == (TABLET,)

    second = conclude(first, {TABLET: OK}, now=SOON)

    assert second.state is State.WAITING
    assert second.due_at == NOW + timedelta(seconds=120)
    assert lifecycle.owed(second, (PHONE, TABLET, WATCH), now=second.due_at) == (PHONE,)


def test_device_that_waits_past_the_end_is_given_up_alone() -> None:
    notification = a_notification(ttl_s=60, expire_at=None)
    over_its_rate = TryAgain(code="QUOTA_EXCEEDED", after_s=120)

    concluded = conclude(a_delivery(), {PHONE: over_its_rate, TABLET: BUSY}, notification)

    assert concluded.devices[PHONE.id].result is Result.GAVE_UP
    assert waits(concluded) == {TABLET.id: SOON}


def test_each_device_s_back_off_grows_with_its_own_tries() -> None:
    slow = TryAgain(code="UNAVAILABLE", after_s=60)
    first = conclude(a_delivery(), {PHONE: BUSY, TABLET: slow})
    second = conclude(first, {PHONE: BUSY}, now=SOON)
    third = conclude(second, {PHONE: BUSY}, now=SOON + timedelta(seconds=10))

    assert [line.tries for line in third.devices.values()] == [3, 1]
    assert waits(third) == {
        PHONE.id: SOON + timedelta(seconds=10 + 20),
        TABLET.id: NOW + timedelta(seconds=60),
    }


def test_request_that_timed_out_is_not_repeated_for_ten_seconds() -> None:
    at = settlement.next_try(1, TryAgain(code="TIMEOUT"), now=NOW, jitter=0.0)

    assert (at - NOW).total_seconds() == schema.TIMEOUT_BACKOFF_S


def test_device_that_fcm_wants_left_alone_does_not_keep_the_others_waiting() -> None:
    outcomes: dict[Device, Outcome] = {PHONE: BUSY, TABLET: TryAgain(code="INTERNAL", after_s=30)}

    assert settlement.hopeful(outcomes) == (PHONE,)
    assert settlement.wait_in_place(outcomes, tries=1, spent_s=0.0, jitter=0.0) == 0.5


@pytest.mark.parametrize(
    ("tries", "spent_s", "wait_s"),
    [(1, 0.0, 0.5), (2, 0.5, 1.0), (3, 1.5, 2.0), (4, 3.5, None), (1, 5.0, None)],
)
def test_wait_in_place_doubles_until_the_budget_is_spent(
    tries: int, spent_s: float, wait_s: float | None
) -> None:
    outcomes: dict[Device, Outcome] = {PHONE: BUSY, TABLET: OK}

    found = settlement.wait_in_place(outcomes, tries=tries, spent_s=spent_s, jitter=0.0)

    assert found == wait_s
    assert settlement.hopeful(outcomes) == (PHONE,)


@pytest.mark.parametrize(("after_s", "wait_s"), [(3.0, 3.0), (6.0, None), (0.0, 0.5)])
def test_wait_in_place_is_as_long_as_fcm_asks(after_s: float, wait_s: float | None) -> None:
    asked = TryAgain(code="UNAVAILABLE", after_s=after_s)

    assert settlement.wait_in_place({PHONE: asked}, tries=1, spent_s=0.0, jitter=0.0) == wait_s


@pytest.mark.parametrize("code", ["QUOTA_EXCEEDED", "RATE_LIMIT_EXCEEDED", "TIMEOUT"])
def test_what_seconds_do_not_cure_is_left_to_a_task(code: str) -> None:
    outcomes = {PHONE: TryAgain(code=code)}

    assert settlement.wait_in_place(outcomes, tries=1, spent_s=0.0, jitter=0.0) is None


def conclude(
    delivery: Delivery,
    outcomes: Mapping[Device, Outcome],
    notification: Notification = LASTING,
    now: datetime = NOW,
) -> Delivery:
    return settlement.conclude(delivery, notification, outcomes, now=now, jitter=0.0)


def waits(delivery: Delivery) -> dict[str, datetime]:
    return {id: line.retry_at for id, line in delivery.devices.items() if line.retry_at}
