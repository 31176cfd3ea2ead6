"""Delivery states and their legal moves: claim with a lease, take over, settle, give up.

Each function returns the whole next record; `store` writes it only if nobody else moved it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from firebell.core import schema
from firebell.core.model import (
    Accepted,
    BadRequest,
    ConfigurationFault,
    Delivery,
    Device,
    DeviceRecord,
    Gone,
    Notification,
    Outcome,
    Result,
    Skipped,
    Source,
    State,
    Suspect,
    Target,
    TryAgain,
)


def delivery_id(uid: str, notification_id: str) -> str:
    """Return the delivery's document id.

    A hash, because notification ids of different users collide and a uid may hold anything.
    """
    return hashlib.sha256(f"{uid}\n{notification_id}".encode()).hexdigest()[:32]


def target_hash(target: Target) -> str:
    """Return the id under which `targets` names its owner."""
    return hashlib.sha256(target.value.encode()).hexdigest()


def claim(uid: str, notification_id: str, *, source: Source, now: datetime) -> Delivery:
    """Return the first record of a delivery, claimed for `LEASE_S`."""
    return Delivery(
        id=delivery_id(uid, notification_id),
        uid=uid,
        notification_id=notification_id,
        source=source,
        state=State.CLAIMED,
        attempt=1,
        created_at=now,
        due_at=now + timedelta(seconds=schema.LEASE_S),
    )


def take_over(delivery: Delivery, *, now: datetime) -> Delivery | None:
    """Claim *delivery* for one more attempt, or return None when it is finished or not due.

    A live lease, an early task and a repeated event all end here: work that comes early does
    nothing.
    """
    if delivery.due_at is None or delivery.due_at > now:
        return None
    return replace(
        delivery,
        state=State.CLAIMED,
        attempt=delivery.attempt + 1,
        due_at=now + timedelta(seconds=schema.LEASE_S),
    )


def is_over(delivery: Delivery, *, now: datetime) -> bool:
    """Tell whether *delivery* has used up its time or its attempts."""
    too_old = now >= delivery.created_at + timedelta(seconds=schema.GIVE_UP_AFTER_S)
    return too_old or delivery.attempt > schema.MAX_ATTEMPTS


def drop(delivery: Delivery, reason: str) -> Delivery:
    """Finish *delivery* for a documented *reason*; devices still waiting are skipped for it."""
    return _finish(delivery, State.DROPPED, Result.SKIPPED, reason)


def give_up(delivery: Delivery) -> Delivery:
    """Finish *delivery* because its time or its attempts are used up."""
    return _finish(delivery, State.GAVE_UP, Result.GAVE_UP, "gave_up")


def reject(delivery: Delivery, *, field: str, problem: str) -> Delivery:
    """Finish *delivery* because its notification cannot be sent by anyone."""
    rejected = _finish(delivery, State.REJECTED, Result.REJECTED, "rejected")
    return replace(rejected, rejected_field=field, problem=problem)


def owed(delivery: Delivery, devices: tuple[Device, ...]) -> tuple[Device, ...]:
    """Return those of *devices*, freshly read, which *delivery* still owes its message.

    On the first attempt, or when the one before left no outcome, that is all. Afterwards only
    devices that wait, and only while they hold the same target: one that changed hands is owed
    nothing.
    """
    if not delivery.devices:
        return devices
    waiting = {
        device_id: record.target_hash
        for device_id, record in delivery.devices.items()
        if record.result is Result.WAITING
    }
    return tuple(
        device for device in devices if waiting.get(device.id) == target_hash(device.target)
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
        target_hash=target_hash(device.target),
        result=result,
        message_name=name,
        code=code,
        reason=reason,
    )


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


def deadline(delivery: Delivery, notification: Notification) -> datetime:
    """Return the instant after which nobody wants the push any more."""
    life = schema.GIVE_UP_AFTER_S
    if notification.ttl_s is not None:
        life = min(life, notification.ttl_s)
    end = delivery.created_at + timedelta(seconds=life)
    return end if notification.expire_at is None else min(end, notification.expire_at)


def _finish(delivery: Delivery, state: State, waiting_become: Result, reason: str) -> Delivery:
    lines = {
        device_id: replace(line, result=waiting_become, reason=reason)
        if line.result is Result.WAITING
        else line
        for device_id, line in delivery.devices.items()
    }
    reached = any(line.result is Result.ACCEPTED for line in lines.values())
    final = State.DONE if reached else state
    return replace(delivery, state=final, reason=reason, devices=lines, due_at=None)


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
