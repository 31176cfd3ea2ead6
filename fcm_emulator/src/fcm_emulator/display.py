"""What a device shows of a message that reaches it: title and body per platform, or nothing.

Text that an app would look up in its own resources (`title_loc_key`, `loc-key`) stays unresolved:
it is in the app, not in the message. Replacing by tag, badges and sounds are not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fcm_emulator.payload import android_notification
from fcm_emulator.schema import Message, Notification
from fcm_emulator.targets import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The two lines of a notification; either may be missing."""

    title: str | None
    body: str | None


def resolve(message: Message, platform: Platform) -> Shown | None:
    """Tell what *platform* shows of *message* while the app is in the background.

    Returns:
        None for a message that only its app sees (data only, background push).

    """
    if platform == "android":
        return _android(message)
    return _apple(message) if platform == "ios" else _web(message)


def _android(message: Message) -> Shown | None:
    own = android_notification(message)
    if own is None:
        return _common(message.notification)
    return _override(message.notification, own.title, own.body)


def _apple(message: Message) -> Shown | None:
    payload = message.apns.payload if message.apns is not None else None
    aps = (payload or {}).get("aps")
    alert = aps.get("alert") if isinstance(aps, dict) else None
    if isinstance(alert, str):
        return Shown(title=None, body=alert)
    if isinstance(alert, dict):
        return _override(message.notification, _text(alert, "title"), _text(alert, "body"))
    return _common(message.notification)


def _web(message: Message) -> Shown | None:
    own = message.webpush.notification if message.webpush is not None else None
    if own is None:
        return _common(message.notification)
    return _override(message.notification, _text(own, "title"), _text(own, "body"))


def _common(notification: Notification | None) -> Shown | None:
    if notification is None:
        return None
    return Shown(title=notification.title, body=notification.body)


def _override(common: Notification | None, title: str | None, body: str | None) -> Shown:
    template = common or Notification()
    return Shown(
        title=template.title if title is None else title,
        body=template.body if body is None else body,
    )


def _text(part: Mapping[str, Any], name: str) -> str | None:
    value = part.get(name)
    return value if isinstance(value, str) else None
