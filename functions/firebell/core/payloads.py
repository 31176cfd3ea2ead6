"""Build what is sent to each of a recipient's devices: in its language, within FCM's size."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from firebell.core import language, message, schema
from firebell.core.model import Device, Notification, Platform, Recipient, Texts
from firebell.errors import InvalidRequest

_NOTABLE_BYTES: Final = 100
"""Fields of fewer bytes are not worth naming when a message is too long."""
_MOST_NAMED: Final = 10
"""Fields named when a message is too long."""


def payloads(
    notification: Notification,
    devices: Sequence[Device],
    *,
    recipient: Recipient,
    now: datetime,
    age_s: float = 0.0,
    unread: int | None = None,
    firebase_worker: bool = False,
) -> dict[Device, bytes]:
    """Return each device's message as JSON, target left out.

    One serialization serves all devices of a platform that get the same texts. A device gets the
    language that the user chose, else its own, else that of the device registered last.

    Args:
        notification: What to say.
        devices: Of *recipient*.
        recipient: Whose settings may name a language.
        now: Aware UTC; an `expire_at` bounds the time to live from here.
        age_s: Seconds since the delivery began, from which a time to live counts.
        unread: The recipient's count of unread notifications, where the badge asks for it.
        firebase_worker: Web devices run Firebase's own service worker, not ours.

    Raises:
        InvalidRequest: A message is longer than FCM takes; names the field that has most of it.

    """
    built: dict[tuple[Platform, str | None, str | None], bytes] = {}
    found: dict[Device, bytes] = {}
    for device in devices:
        locale = recipient.settings.locale or device.locale or recipient.locale
        tag, texts = language.lookup(locale, notification.localizations) or (None, Texts())
        localized = _localized(notification, texts)
        key = (device.platform, localized.title, localized.body)
        if key not in built:
            whole = message.build(
                localized,
                device.platform,
                now=now,
                age_s=age_s,
                unread=unread,
                firebase_worker=firebase_worker,
            )
            built[key] = _serialized(whole)
            _require_short(built[key], localized, device.platform, tag, texts)
        found[device] = built[key]
    return found


def _localized(notification: Notification, texts: Texts) -> Notification:
    if texts == Texts():
        return notification
    return replace(
        notification, title=texts.title or notification.title, body=texts.body or notification.body
    )


def _require_short(
    payload: bytes, notification: Notification, platform: Platform, tag: str | None, texts: Texts
) -> None:
    if len(payload) <= schema.MAX_PAYLOAD_BYTES:
        return
    sizes = sorted(_sizes(notification, tag, texts), key=lambda named: named[1], reverse=True)
    data = sum(size for field, size in sizes if field.startswith("data."))
    if data > 2 * sizes[0][1]:  # many small entries, none of which is to blame alone
        sizes.insert(0, ("data", data))
    notable = [(field, size) for field, size in sizes[1:_MOST_NAMED] if size >= _NOTABLE_BYTES]
    longest = ", ".join(f"{field} {size}" for field, size in [sizes[0], *notable])
    limit = schema.MAX_PAYLOAD_BYTES
    problem = f"the message has {len(payload)} bytes for {platform}, FCM takes {limit}: {longest}"
    raise InvalidRequest(sizes[0][0], problem)


def _sizes(notification: Notification, tag: str | None, texts: Texts) -> Iterator[tuple[str, int]]:
    """Give each field as its sender wrote it, and its bytes of JSON; of `data` with the key."""
    own = f"localizations.{tag}."
    fields: dict[str, Any] = {
        "id": notification.id,
        f"{own if texts.title else ''}title": notification.title,
        f"{own if texts.body else ''}body": notification.body,
        "category": notification.category,
        "image": notification.image,
        "link": notification.link,
        "sound": notification.sound,
        "collapseKey": notification.collapse_key,
    }
    for index, action in enumerate(notification.actions):
        parts = {"id": action.id, "title": action.title, "link": action.link}
        fields |= {f"actions[{index}].{name}": part for name, part in parts.items()}
    for field, value in fields.items():
        if value is not None:
            yield field, len(_serialized(value))
    for key, text in notification.data.items():
        yield f"data.{key}", len(_serialized({key: text})) - len("{}")


def _serialized(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
