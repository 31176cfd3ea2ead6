"""What callables answer: values in the words of JSON, without a target."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from firebell.core import lifecycle, roster
from firebell.core.model import Device


def device_list(devices: Iterable[Device], *, now: datetime, stale_days: int) -> list[Any]:
    """Return what a user sees of its *devices*, the one seen last first."""
    newest = sorted(devices, key=lambda device: device.last_seen_at, reverse=True)
    return [_device(device, roster.is_stale(device, now=now, days=stale_days)) for device in newest]


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
