"""How an attempt ends: outcomes become the devices' lines, and those the delivery's state."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from firebell.core import lifecycle, schema
from firebell.core.deliveries import (
    Accepted,
    BadRequest,
    ConfigurationFault,
    Delivery,
    DeviceRecord,
    Gone,
    Outcome,
    Result,
    Skipped,
    State,
    Suspect,
    TryAgain,
)
from firebell.core.model import Device, Notification


def conclude(
    delivery: Delivery,
    notification: Notification,
    outcomes: Mapping[Device, Outcome],
    *,
    now: datetime,
    jitter: float,
) -> Delivery:
    """Settle *delivery* by *outcomes*; who would wait past the push's life is given up now."""
    retry_at = next_try(delivery, outcomes, now=now, jitter=jitter)
    settled = settle(delivery, outcomes, retry_at=retry_at)
    end = lifecycle.deadline(delivery, notification)
    is_too_long = settled.state is State.WAITING and retry_at >= end
    return lifecycle.give_up(settled) if is_too_long else settled


def settle(
    delivery: Delivery, outcomes: Mapping[Device, Outcome], *, retry_at: datetime
) -> Delivery:
    """Return *delivery* after one attempt: due at *retry_at* while a device waits, else final.

    Devices that waited before and were not tried now (no longer there, or with another target) are
    skipped. What FCM said against the message stays on record however the delivery ends.
    """
    lines = {
        device_id: replace(line, result=Result.SKIPPED, reason="device_changed")
        if line.result is Result.WAITING
        else line
        for device_id, line in delivery.devices.items()
    }
    lines |= {device.id: record(device, outcome) for device, outcome in outcomes.items()}
    state, reason = _state(lines)
    settled = replace(
        delivery,
        state=state,
        reason=reason,
        devices=lines,
        due_at=retry_at if state is State.WAITING else None,
    )
    refusal = next((o for o in outcomes.values() if isinstance(o, BadRequest)), None)
    if refusal is None:
        return settled
    return replace(settled, rejected_field=refusal.field, problem=refusal.problem)


def next_try(
    delivery: Delivery, outcomes: Mapping[Device, Outcome], *, now: datetime, jitter: float
) -> datetime:
    """Return when *delivery* is tried again: FCM's own wish, or exponential back-off.

    The wait is half fixed, half random, and never shorter than the longest Retry-After FCM gave.

    Args:
        delivery: Its attempt says how far the back-off has grown.
        outcomes: What this attempt brought.
        now: Aware UTC.
        jitter: The random half, in [0, 1).

    """
    backoff = min(schema.FIRST_BACKOFF_S * 2 ** (delivery.attempt - 1), schema.MAX_BACKOFF_S)
    wishes = [
        o.after_s for o in outcomes.values() if isinstance(o, TryAgain) and o.after_s is not None
    ]
    least = max(wishes, default=0.0)
    return now + timedelta(
        seconds=max(least + jitter * min(least, backoff), backoff * (1 + jitter) / 2)
    )


def record(device: Device, outcome: Outcome) -> DeviceRecord:
    """Return *device*'s line in the delivery after *outcome*."""
    name, code, reason = None, None, None
    match outcome:
        case Accepted():
            result, name = Result.ACCEPTED, outcome.message_name
        case Gone():
            result, code, reason = Result.GONE, outcome.code, "unregistered"
        case Suspect():
            result, code, reason = Result.QUARANTINED, outcome.code, "target_refused"
        case BadRequest():
            result, code, reason = Result.REJECTED, outcome.code, "message_refused"
        case ConfigurationFault():
            result, code, reason = Result.FAILED, outcome.code, "configuration"
        case TryAgain():
            result, code, reason = Result.WAITING, outcome.code, "try_again"
        case Skipped():
            result, reason = Result.SKIPPED, outcome.reason
        case _:
            assert_never(outcome)
    return DeviceRecord(
        platform=device.platform,
        target_hash=lifecycle.target_hash(device.target),
        result=result,
        message_name=name,
        code=code,
        reason=reason,
    )


def _state(lines: Mapping[str, DeviceRecord]) -> tuple[State, str | None]:
    """Return the delivery's state: somebody waits, somebody has it, or why nobody has it."""
    results = {line.result for line in lines.values()}
    for result, state, reason in (
        (Result.WAITING, State.WAITING, "try_again"),
        (Result.ACCEPTED, State.DONE, None),
        (Result.REJECTED, State.REJECTED, "rejected"),
        (Result.FAILED, State.FAILED, "configuration"),
    ):
        if result in results:
            return state, reason
    return State.DROPPED, "no_device_left"
