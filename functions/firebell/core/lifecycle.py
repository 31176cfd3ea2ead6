"""Delivery states and their legal moves: claim with a lease, take over, settle, give up.

Each function returns the whole next record; `store` writes it only if nobody else moved it.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from firebell.core import schema
from firebell.core.deliveries import Delivery, DeviceRecord, Result, State
from firebell.core.model import Device, Notification, Source, Target

_REDRIVABLE = frozenset({Result.FAILED, Result.GAVE_UP})
_FOR_OPERATORS = frozenset({State.REJECTED, State.FAILED, State.GAVE_UP})
"""Ends that leave the outbox document as it is: nobody was reached, and somebody may mend that."""


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
    is_untried = not delivery.devices or _is_put_off(delivery)
    return replace(
        delivery,
        state=State.CLAIMED,
        attempt=delivery.attempt + 1,
        cut_off=delivery.cut_off + (delivery.state is State.CLAIMED),
        due_at=now + timedelta(seconds=schema.LEASE_S),
        counts_from=now if is_untried else delivery.counts_from,
    )


def is_over(delivery: Delivery, *, now: datetime) -> bool:
    """Tell whether *delivery* has used up its time, or too many of its runs were cut off.

    The time begins with the first try that could be recorded; being put off (quiet hours, the stop
    switch) begins it anew.
    """
    return now >= _end(delivery) or delivery.cut_off > schema.MAX_CUT_OFF


def send_until(delivery: Delivery) -> datetime | None:
    """Return until when the run that has claimed *delivery* may ask FCM; None when none has."""
    if delivery.state is not State.CLAIMED or delivery.due_at is None:
        return None
    return delivery.due_at + timedelta(seconds=schema.SEND_WITHIN_S - schema.LEASE_S)


def is_first_try(delivery: Delivery) -> bool:
    """Tell whether this attempt is the first that may send: none before it was cut off or failed.

    Only this one counts towards a cap. A run that was killed may have counted already, and must not
    keep the next from sending.
    """
    return delivery.attempt - delivery.deferrals == 1


def is_late(delivery: Delivery, notification: Notification, *, now: datetime) -> bool:
    """Tell whether a repeated attempt comes after the push's life; a first one is never late."""
    return delivery.attempt > 1 and now >= deadline(delivery, notification)


def frees_outbox(delivery: Delivery) -> bool:
    """Tell whether *delivery*'s outbox document is done with."""
    return _ends_outbox(delivery) and delivery.state not in _FOR_OPERATORS


def keeps_outbox(delivery: Delivery) -> bool:
    """Tell whether *delivery* ended, and an operator may want to see or redrive its document."""
    return _ends_outbox(delivery) and delivery.state in _FOR_OPERATORS


def drop(delivery: Delivery, reason: str) -> Delivery:
    """Finish *delivery* for a documented *reason*; devices still waiting are skipped for it."""
    return _finish(delivery, State.DROPPED, Result.SKIPPED, reason)


def give_up(delivery: Delivery) -> Delivery:
    """Finish *delivery* because its time is used up, or too many of its runs were cut off."""
    return _finish(delivery, State.GAVE_UP, Result.GAVE_UP, "gave_up")


def reject(delivery: Delivery, *, field: str, problem: str) -> Delivery:
    """Finish *delivery* because its notification cannot be sent by anyone."""
    rejected = _finish(delivery, State.REJECTED, Result.REJECTED, "rejected")
    return replace(rejected, rejected_field=field, problem=problem)


def owed(delivery: Delivery, devices: tuple[Device, ...], *, now: datetime) -> tuple[Device, ...]:
    """Return those of *devices*, freshly read, which *delivery* owes its message at *now*.

    On the first attempt, or when the one before left no outcome, that is all. Afterwards only
    devices whose wait is over, with whatever target they hold now: *devices* are of the user whom
    the notification is for, so one that changed hands is not among them.
    """
    if not delivery.devices:
        return devices
    due = {
        device_id
        for device_id, line in delivery.devices.items()
        if line.result is Result.WAITING and not waits_on(line, now=now)
    }
    return tuple(device for device in devices if device.id in due)


def redrive(delivery: Delivery, *, now: datetime) -> Delivery | None:
    """Make *delivery*, finished, due again for the devices that failed or were given up.

    Its time and attempts count anew; the notification's own life does not. Devices that were
    reached, or that the notification was not for, stay as they are.

    Returns:
        The next record, or None when no device can be tried again.

    """
    lines = {
        device_id: replace(line, result=Result.WAITING, reason="redriven", tries=0, retry_at=now)
        if line.result in _REDRIVABLE
        else line
        for device_id, line in delivery.devices.items()
    }
    is_unsent = not lines and delivery.state in (State.FAILED, State.GAVE_UP)
    if delivery.due_at is not None or (lines == delivery.devices and not is_unsent):
        return None
    return replace(
        delivery,
        state=State.WAITING,
        attempt=1,
        deferrals=0,
        cut_off=0,
        counts_from=now,
        due_at=now,
        reason="redriven",
        devices=lines,
    )


def waits_on(line: DeviceRecord, *, now: datetime) -> bool:
    """Tell whether *line*'s device waits for an instant after *now*, whatever the others do."""
    return line.result is Result.WAITING and line.retry_at is not None and line.retry_at > now


def deadline(delivery: Delivery, notification: Notification) -> datetime:
    """Return the instant after which nobody wants the push any more, or we stop trying."""
    life_end = life_ends(delivery, notification)
    return _end(delivery) if life_end is None else min(_end(delivery), life_end)


def life_ends(delivery: Delivery, notification: Notification) -> datetime | None:
    """Return when the push is worth nothing any more by its notification's own words."""
    ends = [] if notification.expire_at is None else [notification.expire_at]
    if notification.ttl_s is not None:
        ends.append(delivery.created_at + timedelta(seconds=notification.ttl_s))
    return min(ends, default=None)


def defer(delivery: Delivery, *, until: datetime, reason: str) -> Delivery:
    """Put *delivery* off until *until*; its time until giving up counts from its next attempt."""
    return replace(
        delivery,
        state=State.WAITING,
        reason=reason,
        due_at=until,
        deferrals=delivery.deferrals + 1,
        counts_from=until,
    )


def _ends_outbox(delivery: Delivery) -> bool:
    return delivery.source == "outbox" and delivery.due_at is None


def _is_put_off(delivery: Delivery) -> bool:
    return delivery.state is State.WAITING and delivery.counts_from == delivery.due_at


def _end(delivery: Delivery) -> datetime:
    """Return when *delivery* is given up, whatever its notification says."""
    counted_from = delivery.counts_from or delivery.created_at
    return counted_from + timedelta(seconds=schema.GIVE_UP_AFTER_S)


def _finish(delivery: Delivery, state: State, waiting_become: Result, reason: str) -> Delivery:
    lines = {
        device_id: replace(line, result=waiting_become, reason=reason, retry_at=None)
        if line.result is Result.WAITING
        else line
        for device_id, line in delivery.devices.items()
    }
    reached = any(line.result is Result.ACCEPTED for line in lines.values())
    final = State.DONE if reached else state
    return replace(delivery, state=final, reason=reason, devices=lines, due_at=None)
