"""Decide whether a notification may reach its recipient now; every "no" has a reason."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from firebell.core import quiet, schema
from firebell.core.deliveries import Decision, Defer, Drop, Send, Skipped
from firebell.core.model import (
    Cap,
    Counter,
    Device,
    Notification,
    Preference,
    Recipient,
    Runtime,
)

T = TypeVar("T")

REASONS = {
    "no_recipient": "The user has never registered a device.",
    "erased": "The user was erased.",
    "push_off": "The notification itself says push: false.",
    "expired": "Its expireAt has passed.",
    "already_read": "The user has read or archived it.",
    "category_off": "The user wants no pushes of its category.",
    "no_device": "The user has no active device.",
    "silent_web": "It has nothing to show, and a browser must show every push.",
    "paused": "An operator paused all sending.",
    "quiet_hours": "The user's quiet hours last.",
    "timezone_unknown": "Sent without regard to quiet hours: their time zone is not known.",
    "validate_only": "FCM checked the messages and delivered none, as asked.",
    "capped": "The user got as many pushes of its category as are allowed in a while.",
}
"""Reason → what it means, in plain words; docs/deliveries.md shows the same."""


def decide(
    notification: Notification,
    recipient: Recipient | None,
    *,
    runtime: Runtime,
    life_ends: datetime | None,
    now: datetime,
) -> Decision:
    """Decide whether *notification* may reach *recipient* at *now*.

    Nothing waits whose messages FCM shall only validate: it is dropped for the same reason.

    Args:
        notification: What is to be sent.
        recipient: None when the user has none.
        runtime: What operators say.
        life_ends: When nobody wants the push any more, aware UTC; None for never. Quiet hours
            that last as long drop it.
        now: Aware UTC.

    """
    if recipient is None:
        return Drop(reason="no_recipient")
    refusal = _refusal(notification, recipient, now=now)
    if refusal is not None:
        return refusal
    active = tuple(device for device in recipient.devices.values() if device.state == "active")
    if not active:
        return Drop(reason="no_device")
    if runtime.sending_paused:
        look_again = now + timedelta(seconds=schema.PAUSE_LOOK_S)
        return _waiting(notification, Defer(until=look_again, reason="paused"))
    decision = _heed_quiet_hours(_send(notification, active), notification, recipient, now=now)
    if not isinstance(decision, Defer):
        return decision
    if life_ends is not None and life_ends <= decision.until:
        return Drop(reason=decision.reason)
    return _waiting(notification, decision)


def inbox_allowed(notification: Notification, recipient: Recipient | None) -> bool:
    """Tell whether *notification* may be put into *recipient*'s inbox.

    The user's preference binds the outbox and the API, not a document that a backend itself put
    into the inbox. An erased user gets nothing; what FCM shall only validate is not shown.
    """
    if notification.validate_only:
        return False
    if recipient is None:
        return True
    return recipient.erased_at is None and _preference(notification.category, recipient).inbox


def cap_of(notification: Notification, runtime: Runtime) -> Cap | None:
    """Return the cap that *notification* counts towards; None when nothing limits it."""
    if notification.urgent or notification.validate_only or notification.is_silent:
        return None
    return _of_category(notification.category, runtime.caps)


def counter(uid: str, cap: Cap, *, now: datetime) -> Counter:
    """Return what counts *uid*'s pushes towards *cap* at *now*.

    Windows begin at multiples of their length since 1970, the same for everybody.
    """
    begins_s = int(now.timestamp()) // cap.window_s * cap.window_s
    subject = json.dumps(["cap", uid, cap.category, cap.window_s, begins_s])
    return Counter(
        id=hashlib.sha256(subject.encode()).hexdigest(),
        expire_at=datetime.fromtimestamp(begins_s + cap.window_s, UTC),
    )


def _refusal(notification: Notification, recipient: Recipient, *, now: datetime) -> Drop | None:
    """Return why nobody is to get a push, whichever devices there are."""
    if recipient.erased_at is not None:
        return Drop(reason="erased")
    if not notification.push:
        return Drop(reason="push_off")
    if notification.expire_at is not None and notification.expire_at <= now:
        return Drop(reason="expired")
    if notification.is_read:
        return Drop(reason="already_read")
    if not _preference(notification.category, recipient).push:
        return Drop(reason="category_off")
    return None


def _send(notification: Notification, active: tuple[Device, ...]) -> Send:
    send = Send(devices=active)
    if notification.is_silent:
        # Browsers punish a push that shows nothing, in the end by taking the permission away.
        skipped = {d: Skipped(reason="silent_web") for d in active if d.platform == "web"}
        send = Send(devices=tuple(d for d in active if d not in skipped), skipped=skipped)
    return replace(send, note="validate_only") if notification.validate_only else send


def _heed_quiet_hours(
    send: Send, notification: Notification, recipient: Recipient, *, now: datetime
) -> Send | Defer:
    """Put off what would disturb; a push that shows nothing disturbs nobody."""
    hours = recipient.settings.quiet_hours
    if hours is None or notification.urgent or notification.is_silent:
        return send
    zone = quiet.zone(hours.timezone or recipient.timezone)
    if zone is None:
        return replace(send, note="timezone_unknown")
    until = quiet.ends_at(hours, zone, now)
    return send if until is None else Defer(until=until, reason="quiet_hours")


def _waiting(notification: Notification, defer: Defer) -> Defer | Drop:
    return Drop(reason=defer.reason) if notification.validate_only else defer


def _preference(category: str | None, recipient: Recipient) -> Preference:
    return _of_category(category, recipient.settings.preferences) or Preference()


def _of_category(category: str | None, table: Mapping[str, T]) -> T | None:
    """Return *category*'s own entry, else the one that stands for those not named."""
    fallback = table.get(schema.DEFAULT_CATEGORY)
    return fallback if category is None else table.get(category, fallback)
