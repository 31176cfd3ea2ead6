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

_PATIENT = frozenset({"QUOTA_EXCEEDED", "RATE_LIMIT_EXCEEDED", "NO_ACCESS_TOKEN", "TIMEOUT"})
"""Codes that seconds do not cure: quotas take a minute, FCM asks for 10 s after a timeout."""


def conclude(
    delivery: Delivery,
    notification: Notification,
    outcomes: Mapping[Device, Outcome],
    *,
    now: datetime,
    jitter: float,
) -> Delivery:
    """Settle *delivery* by *outcomes*: due again when the first of its waiting devices is.

    Each device waits for itself; one that would wait past the push's life is given up now. Devices
    that were due and not tried (no longer there) are skipped. What FCM said against the message
    stays on record however the delivery ends.
    """
    end = lifecycle.deadline(delivery, notification)
    lines = {
        device_id: line
        if line.result is not Result.WAITING or lifecycle.waits_on(line, now=now)
        else replace(line, result=Result.SKIPPED, reason="device_left", retry_at=None)
        for device_id, line in delivery.devices.items()
    }
    for device, outcome in outcomes.items():
        line = record(device, outcome)
        if isinstance(outcome, TryAgain):
            before = delivery.devices.get(device.id)
            tries = 1 if before is None else before.tries + 1
            at = next_try(tries, outcome, now=now, jitter=jitter)
            line = _waiting(replace(line, tries=tries), at, end)
        lines[device.id] = line
    return _settle(delivery, lines, outcomes)


def next_try(tries: int, outcome: TryAgain, *, now: datetime, jitter: float) -> datetime:
    """Return when a device is tried again: FCM's own wish, or exponential back-off.

    The wait is half fixed, half random, and never shorter than the Retry-After that FCM gave.

    Args:
        tries: How often this device was tried for this delivery, at least 1.
        outcome: What the last of them brought.
        now: Aware UTC.
        jitter: The random half, in [0, 1).

    """
    backoff = min(schema.FIRST_BACKOFF_S * 2 ** (tries - 1), schema.MAX_BACKOFF_S)
    least = outcome.after_s or 0.0
    if outcome.code == "TIMEOUT":
        least = max(least, schema.TIMEOUT_BACKOFF_S)
    return now + timedelta(
        seconds=max(least + jitter * min(least, backoff), backoff * (1 + jitter) / 2)
    )


def wait_in_place(
    outcomes: Mapping[Device, Outcome], *, tries: int, spent_s: float, jitter: float
) -> float | None:
    """Return how many seconds to wait before trying `hopeful` devices again in the same run.

    None when there are none, or when the wait does not fit into what is left of
    `IN_PLACE_BUDGET_S`.

    Args:
        outcomes: What the tries so far brought.
        tries: How many there were, at least 1.
        spent_s: Seconds since the first one began: one that took long is not repeated here, since
            the run must end within its function's time limit.
        jitter: In [0, 1).

    """
    found = [outcomes[device] for device in hopeful(outcomes)]
    if not found:
        return None
    wishes = [o.after_s for o in found if isinstance(o, TryAgain) and o.after_s is not None]
    wait_s = max(schema.IN_PLACE_FIRST_S * 2 ** (tries - 1) * (1 + jitter) / 2, *wishes, 0.0)
    return wait_s if spent_s + wait_s <= schema.IN_PLACE_BUDGET_S else None


def hopeful(outcomes: Mapping[Device, Outcome]) -> tuple[Device, ...]:
    """Return the devices that another try within seconds may reach: not those over a quota, or that
    FCM wants to be left alone for longer.
    """
    return tuple(
        device
        for device, outcome in outcomes.items()
        if isinstance(outcome, TryAgain)
        and outcome.code not in _PATIENT
        and (outcome.after_s or 0.0) <= schema.IN_PLACE_BUDGET_S
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


def _waiting(line: DeviceRecord, retry_at: datetime, end: datetime) -> DeviceRecord:
    if retry_at >= end:
        return replace(line, result=Result.GAVE_UP, reason="gave_up")
    return replace(line, retry_at=retry_at)


def _settle(
    delivery: Delivery, lines: Mapping[str, DeviceRecord], outcomes: Mapping[Device, Outcome]
) -> Delivery:
    state, reason = _state(lines)
    waits = [line.retry_at for line in lines.values() if line.retry_at is not None]
    settled = replace(
        delivery, state=state, reason=reason, devices=lines, due_at=min(waits, default=None)
    )
    refusal = next((o for o in outcomes.values() if isinstance(o, BadRequest)), None)
    if refusal is None:
        return settled
    return replace(settled, rejected_field=refusal.field, problem=refusal.problem)


def _state(lines: Mapping[str, DeviceRecord]) -> tuple[State, str | None]:
    """Return the delivery's state: somebody waits, somebody has it, or why nobody has it."""
    results = {line.result for line in lines.values()}
    for result, state, reason in (
        (Result.WAITING, State.WAITING, "try_again"),
        (Result.ACCEPTED, State.DONE, None),
        (Result.REJECTED, State.REJECTED, "rejected"),
        (Result.FAILED, State.FAILED, "configuration"),
        (Result.GAVE_UP, State.GAVE_UP, "gave_up"),
    ):
        if result in results:
            return state, reason
    return State.DROPPED, "no_device_left"
