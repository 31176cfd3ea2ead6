"""`lifecycle.settle`: what FCM's answers make of the devices' lines and of the delivery."""

from datetime import timedelta
from typing import Any, cast

import pytest

from firebell.core import settlement
from firebell.core.deliveries import (
    Accepted,
    BadRequest,
    ConfigurationFault,
    Gone,
    Outcome,
    Result,
    Skipped,
    State,
    Suspect,
    TryAgain,
)
from tests.builders import NOW, a_delivery, a_device, a_line, a_notification, a_waiting_line

LATER = NOW + timedelta(minutes=5)
PHONE, TABLET = a_device(1), a_device(2)
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

    settled = settlement.settle(a_delivery(), {PHONE: outcome}, retry_at=LATER)

    assert settled.devices == {PHONE.id: a_line(**(line | code))}
    assert settled.state == state
    assert settled.due_at == (LATER if state == "waiting" else None)


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

    settled = settlement.settle(a_delivery(), tried, retry_at=LATER)

    assert (settled.state, settled.reason) == (state, reason)


def test_device_that_waited_and_is_no_longer_there_is_skipped() -> None:
    before = a_delivery(devices={PHONE.id: a_waiting_line(), TABLET.id: a_line()})

    settled = settlement.settle(before, {}, retry_at=LATER)

    assert settled.devices[PHONE.id] == a_waiting_line(
        result=Result.SKIPPED, reason="device_changed"
    )
    assert settled.devices[TABLET.id] == a_line()
    assert settled.state is State.DONE


def test_refusal_of_the_message_stays_on_record_while_another_device_waits() -> None:
    first = settlement.settle(a_delivery(), {PHONE: REFUSED, TABLET: BUSY}, retry_at=LATER)

    last = settlement.settle(first, {TABLET: Gone(code="UNREGISTERED")}, retry_at=LATER)

    assert last.state is State.REJECTED
    assert (last.rejected_field, last.problem) == ("message.android.ttl", "Invalid")


@pytest.mark.parametrize(
    ("ttl_s", "state"), [(5, State.GAVE_UP), (6, State.WAITING)], ids=["too long", "in time"]
)
def test_device_that_would_wait_past_the_push_s_life_is_given_up(ttl_s: int, state: State) -> None:
    notification = a_notification(ttl_s=ttl_s, expire_at=None)

    concluded = settlement.conclude(a_delivery(), notification, {PHONE: BUSY}, now=NOW, jitter=0.0)

    assert concluded.state is state
    assert (concluded.due_at is None) is (state is State.GAVE_UP)


def test_conclusion_without_a_wait_is_final_however_short_the_life() -> None:
    notification = a_notification(ttl_s=0, expire_at=None)

    concluded = settlement.conclude(a_delivery(), notification, {PHONE: OK}, now=NOW, jitter=0.0)

    assert concluded.state is State.DONE
