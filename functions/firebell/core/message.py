"""Build the FCM v1 message of one notification for one device, without its target.

A repeat replaces what it repeats: the notification's id becomes Android's tag, apns-collapse-id,
and the web notification's tag and Topic header. Web devices get data only; the service worker shows
it.
"""

import base64
import hashlib
import json
import math
import re
from datetime import datetime
from typing import Any

from firebell.core import schema
from firebell.core.model import Device, Notification
from firebell.errors import InvalidRequest

_WORKER_KEY = "firebell"
"""Reserved key of `data` under which a web device's worker finds what to show, as JSON."""
_TOPIC = re.compile(rf"[A-Za-z0-9_-]{{1,{schema.MAX_WEBPUSH_TOPIC_CHARS}}}\Z")
_HEADER = re.compile(rf"[\x21-\x7e]{{1,{schema.MAX_APNS_COLLAPSE_ID_BYTES}}}\Z")


def build(
    notification: Notification,
    device: Device,
    *,
    now: datetime,
    age_s: float = 0.0,
    unread: int | None = None,
) -> dict[str, Any]:
    """Return the message for *device*, `target` left out.

    Args:
        notification: What to say.
        device: Only its platform matters here.
        now: Aware UTC; an `expire_at` bounds the time to live from here.
        age_s: Seconds since the delivery began, from which a time to live counts.
        unread: The recipient's count of unread notifications, where the badge asks for it.

    """
    badge = unread if notification.badge == "unread" else notification.badge
    ttl_s = _ttl_s(notification, now, age_s)
    if device.platform == "android":
        return _android(notification, ttl_s, badge)
    if device.platform == "ios":
        expiration = int(now.timestamp()) + ttl_s
        if notification.is_silent:
            return _ios_background(notification, expiration, badge)
        return _ios(notification, expiration, badge)
    return _web(notification, ttl_s)


def serialize(message: dict[str, Any]) -> bytes:
    """Return *message* as the JSON that is sent, target left out.

    Raises:
        InvalidRequest: It is longer than FCM takes; the longest field is named with its bytes.

    """
    payload = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    if len(payload) > schema.MAX_PAYLOAD_BYTES:
        field, size = max(_sizes(message).items(), key=lambda item: item[1])
        limit = schema.MAX_PAYLOAD_BYTES
        problem = (
            f"the message has {len(payload)} bytes, FCM takes {limit}; {field} alone has {size}"
        )
        raise InvalidRequest(field, problem)
    return payload


def _android(notification: Notification, ttl_s: int, badge: int | None) -> dict[str, Any]:
    android = _without_none(
        {
            "priority": notification.priority.upper(),
            "ttl": f"{ttl_s}s",
            "collapse_key": notification.collapse_key,
        }
    )
    if notification.is_silent:
        return {"data": _data(notification), "android": android}
    tray = {
        "tag": notification.id,
        "sound": notification.sound or "default",
        "channel_id": notification.category,
        "notification_count": badge,
    }
    return {
        **_shown(notification),
        "data": _data(notification),
        "android": {**android, "notification": _without_none(tray)},
    }


def _ios(notification: Notification, expiration: int, badge: int | None) -> dict[str, Any]:
    aps = {
        "alert": _without_none({"title": notification.title, "body": notification.body}),
        "sound": notification.sound or "default",
        "badge": badge,
        "category": notification.category,
        "mutable-content": 1 if notification.image else None,
    }
    apns: dict[str, Any] = {
        "headers": {
            "apns-push-type": "alert",
            "apns-priority": "10" if notification.priority == "high" else "5",
            "apns-expiration": str(expiration),
            "apns-collapse-id": _collapse_id(notification.id),
        },
        "payload": {"aps": _without_none(aps)},
    }
    if notification.image:
        apns["fcm_options"] = {"image": notification.image}
    return {"data": _data(notification), "apns": apns}


def _ios_background(
    notification: Notification, expiration: int, badge: int | None
) -> dict[str, Any]:
    """Wake the app unseen; APNs takes background pushes at priority 5 only."""
    headers = {
        "apns-push-type": "background",
        "apns-priority": "5",
        "apns-expiration": str(expiration),
    }
    aps = _without_none({"content-available": 1, "badge": badge})
    return {"data": _data(notification), "apns": {"headers": headers, "payload": {"aps": aps}}}


def _web(notification: Notification, ttl_s: int) -> dict[str, Any]:
    shown = {
        "title": notification.title,
        "body": notification.body,
        "image": notification.image,
        "tag": notification.id,
        "actions": [
            _without_none({"action": action.id, "title": action.title, "link": action.link})
            for action in notification.actions
        ]
        or None,
    }
    worker = json.dumps(_without_none(shown), ensure_ascii=False, separators=(",", ":"))
    return {
        "data": {**_data(notification), _WORKER_KEY: worker},
        "webpush": {
            "headers": {
                "TTL": str(ttl_s),
                "Urgency": notification.priority,
                "Topic": _topic(notification.id),
            }
        },
    }


def _shown(notification: Notification) -> dict[str, Any]:
    texts = {"title": notification.title, "body": notification.body, "image": notification.image}
    return {"notification": _without_none(texts)}


def _data(notification: Notification) -> dict[str, str]:
    own = {
        "notificationId": notification.id,
        "link": notification.link,
        "category": notification.category,
    }
    return {**_without_none(own), **notification.data}


def _ttl_s(notification: Notification, now: datetime, age_s: float) -> int:
    if notification.ttl_s is None:
        ttl_s = schema.MAX_TTL_S
    else:
        ttl_s = max(0, math.ceil(notification.ttl_s - age_s))
    if notification.expire_at is None:
        return ttl_s
    return max(0, min(ttl_s, int((notification.expire_at - now).total_seconds())))


def _collapse_id(notification_id: str) -> str:
    return notification_id if _HEADER.match(notification_id) else _digest(notification_id)


def _topic(notification_id: str) -> str:
    return notification_id if _TOPIC.match(notification_id) else _digest(notification_id)


def _digest(notification_id: str) -> str:
    """Return 32 URL-safe characters that stand for an id too long or too odd for a header."""
    digest = hashlib.sha256(notification_id.encode()).digest()[:24]
    return base64.urlsafe_b64encode(digest).decode()


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _sizes(message: dict[str, Any], path: str = "") -> dict[str, int]:
    """Return each leaf's path and its bytes of JSON; the worker's part counts field by field."""
    sizes: dict[str, int] = {}
    for name, field in message.items():
        value = json.loads(field) if path == "data" and name == _WORKER_KEY else field
        where = f"{path}.{name}" if path else name
        if isinstance(value, dict):
            sizes |= _sizes(value, where)
        else:
            sizes[where] = len(json.dumps(value, ensure_ascii=False).encode())
    return sizes
