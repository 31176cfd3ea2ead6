"""What callables and the API answer: values in the words of JSON, without a target."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from firebell.core import explanations, lifecycle, roster
from firebell.core.deliveries import Delivery, DeviceRecord, Result, State
from firebell.core.model import Device


def device_list(devices: Iterable[Device], *, now: datetime, stale_days: int) -> list[Any]:
    """Return what a user sees of its *devices*, the one seen last first."""
    newest = sorted(devices, key=lambda device: device.last_seen_at, reverse=True)
    return [_device(device, roster.is_stale(device, now=now, days=stale_days)) for device in newest]


def delivery(found: Delivery) -> dict[str, Any]:
    """Return what became of a notification, in plain words, too."""
    next_try_at = found.due_at if found.state is State.WAITING else None
    return {
        **_notification(found.id, found.uid, found.notification_id, found.created_at),
        "state": found.state.value,
        "reason": found.reason,
        "explanation": explanations.delivery(found),
        "attempt": found.attempt,
        "nextTryAt": _time(next_try_at),
        "field": found.rejected_field,
        "problem": found.problem,
        "devices": [_line(line, next_try_at) for line in found.devices.values()],
    }


def pending(
    uid: str, notification_id: str, *, send_at: datetime | None, created_at: datetime
) -> dict[str, Any]:
    """Return the same of an outbox document whose delivery has not begun; None: due at once."""
    fact = explanations.ACCEPTED if send_at is None else explanations.SCHEDULED
    id = lifecycle.delivery_id(uid, notification_id)
    return {
        **_notification(id, uid, notification_id, created_at),
        "state": "accepted" if send_at is None else "scheduled",
        "reason": None,
        "explanation": explanations.sentence(fact),
        "attempt": 0,
        "nextTryAt": _time(send_at),
        "field": None,
        "problem": None,
        "devices": [],
    }


def time(value: datetime) -> str:
    """Return *value*, aware UTC, as RFC 3339."""
    return value.isoformat().replace("+00:00", "Z")


def _device(device: Device, is_stale: bool) -> dict[str, Any]:
    """Return one device, known by the beginning of its target's hash: enough to tell it apart."""
    return {
        "device": lifecycle.target_hash(device.target)[:16],
        "platform": device.platform,
        "label": device.label,
        "appVersion": device.app_version,
        "locale": device.locale,
        "timezone": device.timezone,
        "createdAt": time(device.created_at),
        "lastSeenAt": time(device.last_seen_at),
        "state": device.state,
        "reason": device.reason,
        "isStale": is_stale,
    }


def _notification(id: str, uid: str, notification_id: str, created_at: datetime) -> dict[str, Any]:
    ids = {"id": id, "uid": uid, "notificationId": notification_id}
    return {**ids, "createdAt": time(created_at)}


def _line(line: DeviceRecord, next_try_at: datetime | None) -> dict[str, Any]:
    """Return one device of a delivery, known as in the list of its user's devices."""
    waits_until = line.retry_at or next_try_at if line.result is Result.WAITING else None
    return {
        "device": line.target_hash[:16],
        "platform": line.platform,
        "outcome": line.result.value,
        "reason": line.reason,
        "explanation": explanations.device(line),
        "code": line.code,
        "messageName": line.message_name,
        "nextTryAt": _time(waits_until),
    }


def _time(value: datetime | None) -> str | None:
    return None if value is None else time(value)
