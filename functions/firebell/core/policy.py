"""Decide whether a notification may reach its recipient now; every "no" has a reason."""

from datetime import datetime

from firebell.core.deliveries import Decision, Drop, Send, Skipped
from firebell.core.model import Notification, Recipient

REASONS = {
    "no_recipient": "The user has never registered a device.",
    "erased": "The user was erased.",
    "push_off": "The notification itself says push: false.",
    "expired": "Its expireAt has passed.",
    "no_device": "The user has no active device.",
    "silent_web": "It has nothing to show, and a browser must show every push.",
}
"""Reason → what it means, in plain words; docs/deliveries.md shows the same."""


def decide(notification: Notification, recipient: Recipient | None, *, now: datetime) -> Decision:
    """Decide whether *notification* may reach *recipient* at *now*.

    Args:
        recipient: None when the user has none.
        now: Aware UTC.

    """
    if recipient is None:
        return Drop(reason="no_recipient")
    if recipient.erased_at is not None:
        return Drop(reason="erased")
    if not notification.push:
        return Drop(reason="push_off")
    if notification.expire_at is not None and notification.expire_at <= now:
        return Drop(reason="expired")
    active = tuple(device for device in recipient.devices.values() if device.state == "active")
    if not active:
        return Drop(reason="no_device")
    if not notification.is_silent:
        return Send(devices=active)
    # Browsers punish a push that shows nothing, in the end by taking the permission away.
    skipped = {d: Skipped(reason="silent_web") for d in active if d.platform == "web"}
    return Send(devices=tuple(d for d in active if d not in skipped), skipped=skipped)
