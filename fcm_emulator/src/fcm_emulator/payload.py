"""What a message weighs for one platform, and whether Apple would see only data in it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from fcm_emulator.schema import AndroidNotificationFields, Message, Notification
from fcm_emulator.targets import Platform

# FCM documentation, "Message types". What is summed is not documented: see payload_bytes.
MAX_PAYLOAD_BYTES = 4096
# FCM reference, "ErrorCode": messages to topics.
MAX_FAN_OUT_BYTES = 2048

# The parts of `aps` that a user notices; a payload without them is a background push.
_NOTICEABLE = ("alert", "badge", "sound")


def payload_bytes(message: Message, platform: Platform) -> int:
    """Weigh what FCM would hand to *platform* for *message*.

    Android: the keys and values of data and notification. Apple: the compact JSON that its service
    would get. Web: the compact JSON that the browser would get. Targets and headers are free.
    """
    if platform == "android":
        notification = android_notification(message)
        parts = msgspec.to_builtins(notification) if notification is not None else {}
        return _weigh(android_data(message)) + _weigh(merged_notification(message) | parts)
    rendered = _apple_payload(message) if platform == "ios" else _web_payload(message)
    return len(msgspec.json.encode(rendered)) if rendered else 0


def android_notification(message: Message) -> AndroidNotificationFields | None:
    """Pick the Android notification, of either generation, that *message* carries."""
    if message.android is not None:
        return message.android.notification
    remote = message.android_v2.remote_notification if message.android_v2 is not None else None
    return remote.notification if remote is not None else None


def android_data(message: Message) -> Mapping[str, str]:
    """Pick the data that Android gets: its own, if there is any, replaces the common one."""
    config = message.android or message.android_v2
    own = config.data if config is not None else None
    return (own if own is not None else message.data) or {}


def web_data(message: Message) -> Mapping[str, str]:
    """Pick the data that browsers get, by the same rule."""
    own = message.webpush.data if message.webpush is not None else None
    return (own if own is not None else message.data) or {}


def merged_notification(message: Message) -> dict[str, Any]:
    """Give the common notification as JSON, `{}` without one."""
    common: Notification | None = message.notification
    return msgspec.to_builtins(common) if common is not None else {}


def is_data_only_for_apple(message: Message) -> bool:
    """Tell whether nothing in *message* would be noticed by an iPhone's user."""
    payload = message.apns.payload if message.apns is not None else None
    aps = (payload or {}).get("aps")
    noticed = isinstance(aps, dict) and any(part in aps for part in _NOTICEABLE)
    is_live_activity = message.apns is not None and message.apns.live_activity_token is not None
    return message.notification is None and not noticed and not is_live_activity


def _apple_payload(message: Message) -> dict[str, Any]:
    payload = dict((message.apns.payload if message.apns is not None else None) or {})
    aps = payload.get("aps")
    alert = merged_notification(message)
    alert.pop("image", None)
    if alert and (aps is None or (isinstance(aps, dict) and "alert" not in aps)):
        payload["aps"] = {**(aps or {}), "alert": alert}
    return {**(message.data or {}), **payload}


def _web_payload(message: Message) -> dict[str, Any]:
    config = message.webpush
    notification = merged_notification(message)
    if config is not None and config.notification is not None:
        notification |= config.notification
    parts = {"notification": notification, "data": web_data(message)}
    return {name: part for name, part in parts.items() if part}


def _weigh(part: object) -> int:
    # In the order of frequency: this runs for every value of every send.
    if isinstance(part, str):
        return len(part) if part.isascii() else len(part.encode())
    if isinstance(part, dict):
        return sum([_weigh(key) + _weigh(value) for key, value in part.items()])
    if isinstance(part, list):
        return sum([_weigh(item) for item in part])
    return len(msgspec.json.encode(part))
