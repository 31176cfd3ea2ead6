"""Build the FCM v1 message of one notification for one platform, without its target.

A repeat replaces what it repeats: the notification's id becomes Android's tag, apns-collapse-id,
and the web notification's tag and Topic header. Web devices get data only, which our service worker
shows, or what Firebase's own worker shows.
"""

import base64
import hashlib
import json
import math
import re
from datetime import datetime
from typing import Any

from firebell.core import schema
from firebell.core.model import Notification, Platform

_OWN_KEY = schema.OWN_DATA_KEY
"""Reserved key of `data`: what FCM has no field for, as JSON. For our worker that is all it shows,
elsewhere the actions alone."""
_NO_SOUND = "none"
"""What a sender writes as `sound` for a notification without one."""
_TOPIC = re.compile(rf"[A-Za-z0-9_-]{{1,{schema.MAX_WEBPUSH_TOPIC_CHARS}}}\Z")
_HEADER = re.compile(rf"[\x21-\x7e]{{1,{schema.MAX_APNS_COLLAPSE_ID_BYTES}}}\Z")


def build(
    notification: Notification,
    platform: Platform,
    *,
    now: datetime,
    age_s: float = 0.0,
    unread: int | None = None,
    firebase_worker: bool = False,
) -> dict[str, Any]:
    """Return the message for devices of *platform*, the target left out.

    Args:
        notification: What to say, in the language to say it in.
        platform: Of the devices.
        now: Aware UTC; an `expire_at` bounds the time to live from here.
        age_s: Seconds since the delivery began, from which a time to live counts.
        unread: The recipient's count of unread notifications, where the badge asks for it.
        firebase_worker: Web devices run Firebase's own service worker, not ours.

    """
    badge = unread if notification.badge == "unread" else notification.badge
    ttl_s = _ttl_s(notification, now, age_s)
    if platform == "android":
        return _android(notification, ttl_s, badge)
    if platform == "ios":
        # Zero, to APNs as to FCM, is "now or never"; an instant that has come might be "never".
        expiration = str(int(now.timestamp()) + ttl_s) if ttl_s else "0"
        if notification.is_silent:
            return _ios_silent(notification, expiration, badge)
        return _ios(notification, expiration, badge)
    headers = {
        "TTL": str(ttl_s),
        "Urgency": notification.priority,
        "Topic": _topic(notification.id),
    }
    if firebase_worker:
        return _web_for_firebase(notification, headers)
    return _web(notification, headers)


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
    sound = _sound(notification)
    tray = {
        "tag": notification.id,
        # Android's resources have no extension: "gong.caf" of iOS is "gong" here.
        "sound": sound and (sound.partition(".")[0] or "default"),
        "channel_id": notification.category,
        "notification_count": badge,
    }
    texts = {"title": notification.title, "body": notification.body, "image": notification.image}
    return {
        "notification": _without_none(texts),
        "data": _data_with_actions(notification),
        "android": {**android, "notification": _without_none(tray)},
    }


def _ios(notification: Notification, expiration: str, badge: int | None) -> dict[str, Any]:
    aps = {
        "alert": _without_none({"title": notification.title, "body": notification.body}),
        "sound": _sound(notification),
        "badge": badge,
        "category": notification.category,
        "interruption-level": "time-sensitive" if notification.urgent else None,
        "mutable-content": 1 if notification.image else None,
    }
    apns: dict[str, Any] = {
        "headers": {
            "apns-push-type": "alert",
            "apns-priority": "10" if notification.priority == "high" else "5",
            "apns-expiration": expiration,
            "apns-collapse-id": collapse_id(notification.id),
        },
        "payload": {"aps": _without_none(aps)},
    }
    if notification.image:
        apns["fcm_options"] = {"image": notification.image}
    return {"data": _data_with_actions(notification), "apns": apns}


def _ios_silent(notification: Notification, expiration: str, badge: int | None) -> dict[str, Any]:
    """Wake the app unseen, at the only priority APNs allows for that.

    A push that sets the badge is not a background push to APNs.
    """
    headers = {
        "apns-push-type": "background" if badge is None else "alert",
        "apns-priority": "5",
        "apns-expiration": expiration,
    }
    aps = _without_none({"content-available": 1, "badge": badge})
    return {"data": _data(notification), "apns": {"headers": headers, "payload": {"aps": aps}}}


def _web(notification: Notification, headers: dict[str, str]) -> dict[str, Any]:
    shown = _web_texts(notification) | {"actions": _actions(notification)}
    return {
        "data": {**_data(notification), _OWN_KEY: _json(_without_none(shown))},
        "webpush": {"headers": headers},
    }


def _web_for_firebase(notification: Notification, headers: dict[str, str]) -> dict[str, Any]:
    """Fill the block that Firebase's worker shows; it opens `fcm_options.link` on a click."""
    buttons = [{"action": action.id, "title": action.title} for action in notification.actions]
    shown = _web_texts(notification) | {
        "actions": buttons or None,
        "data": {"notificationId": notification.id},
    }
    webpush: dict[str, Any] = {"headers": headers, "notification": _without_none(shown)}
    if notification.link and notification.link.startswith("https://"):
        webpush["fcm_options"] = {"link": notification.link}
    return {"data": _data_with_actions(notification), "webpush": webpush}


def _web_texts(notification: Notification) -> dict[str, Any]:
    return {
        "title": notification.title,
        "body": notification.body,
        "image": notification.image,
        "tag": notification.id,
        "silent": True if notification.sound == _NO_SOUND else None,
    }


def _sound(notification: Notification) -> str | None:
    return None if notification.sound == _NO_SOUND else notification.sound or "default"


def _actions(notification: Notification) -> list[dict[str, str]] | None:
    return [
        _without_none({"action": action.id, "title": action.title, "link": action.link})
        for action in notification.actions
    ] or None


def _data_with_actions(notification: Notification) -> dict[str, str]:
    actions = _actions(notification)
    own = {_OWN_KEY: _json({"actions": actions})} if actions else {}
    return {**_data(notification), **own}


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


def collapse_id(notification_id: str) -> str:
    """Return what iOS knows the notification by: its apns-collapse-id, the request's identifier."""
    return notification_id if _HEADER.match(notification_id) else _digest(notification_id)


def _topic(notification_id: str) -> str:
    return notification_id if _TOPIC.match(notification_id) else _digest(notification_id)


def _digest(notification_id: str) -> str:
    """Return 32 URL-safe characters that stand for an id too long or too odd for a header."""
    digest = hashlib.sha256(notification_id.encode()).digest()[:24]
    return base64.urlsafe_b64encode(digest).decode()


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
