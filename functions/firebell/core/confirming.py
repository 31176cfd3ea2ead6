"""Confirm a doubt: FCM refused a target once; asked again later, is the device to go or to stay?"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from firebell.core import lifecycle, schema
from firebell.core.deliveries import Accepted, Gone, Outcome, Suspect
from firebell.core.fields import Fields
from firebell.core.model import Device

KIND = "confirm"
"""The errand's kind, in the outbox."""
PROBE = b'{"data":{"firebell":"probe"}}'
"""The smallest message there is: only its target can be at fault. It is never delivered."""


class Verdict(StrEnum):
    """What a doubted device deserves."""

    REMOVE = "remove"
    RESTORE = "restore"
    ASK_AGAIN = "ask again"
    LEAVE = "leave"
    """Set aside for good: the app's next registration, or an operator, lifts it."""


def errand(uid: str, device: Device) -> tuple[str, dict[str, Any]]:
    """Return the id and the fields of the errand that confirms the doubt about *device*."""
    document = {
        "kind": KIND,
        "uid": uid,
        "deviceId": device.id,
        "targetHash": lifecycle.target_hash(device.target),
        "asked": 0,
    }
    digest = hashlib.sha256(f"{uid}\n{device.id}".encode()).hexdigest()
    return f"{KIND}-{digest[:32]}", document


def due_at(now: datetime) -> datetime:
    """Return when FCM is asked about a target it has just refused."""
    return now + timedelta(seconds=schema.CONFIRM_AFTER_S)


def doubted(document: Mapping[str, Any], devices: Mapping[str, Device]) -> Device | None:
    """Return the device that errand *document* is about, if it is still set aside as it was.

    Raises:
        InvalidRequest: The errand is none of ours, naming the field.

    """
    device = devices.get(Fields(document, known=document).required_text("deviceId"))
    if device is None or device.state != "quarantined":
        return None
    return device if lifecycle.target_hash(device.target) == document.get("targetHash") else None


def verdict(outcome: Outcome, *, asked: int) -> Verdict:
    """Say what FCM's *outcome* on the probe means, after *asked* questions without an answer."""
    if isinstance(outcome, Accepted):
        return Verdict.RESTORE
    if isinstance(outcome, Gone | Suspect):
        return Verdict.REMOVE
    return Verdict.ASK_AGAIN if asked + 1 < schema.MAX_CONFIRMATIONS else Verdict.LEAVE
