"""Read here, clear there: which reads count, when they are acted on, what the devices are told.

Reads of a few seconds make one errand, so that reading twenty notifications wakes a phone once.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from firebell.core import message, schema
from firebell.core.deliveries import Delivery, Result, State
from firebell.core.fields import Fields
from firebell.core.model import Device, Document, Platform, Recipient
from firebell.errors import InvalidRequest

KIND: Final = "clear"
"""`kind` of an outbox document that says what its user has read."""

_PHONES: Final[frozenset[Platform]] = frozenset({"android", "ios"})
"""Platforms that are told by a push; a browser's page listens, and must show every push it gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Whose devices are to be told, and which notifications were read."""

    uid: str
    ids: tuple[str, ...]


def was_read(before: Document, after: Document) -> bool:
    """Tell whether this change of an inbox document is its owner's first reading or archiving."""
    return any(
        isinstance(after.get(name), datetime) and not isinstance(before.get(name), datetime)
        for name in ("readAt", "archivedAt")
    )


def was_sent(delivery: Delivery) -> bool:
    """Tell whether a phone may show *delivery*'s notification, now or soon."""
    return delivery.state is State.CLAIMED or any(
        line.platform in _PHONES and line.result in (Result.ACCEPTED, Result.WAITING)
        for line in delivery.devices.values()
    )


def window(uid: str, now: datetime) -> tuple[str, datetime]:
    """Return the id of the errand that a read at *now* belongs to, and when it is due."""
    number = int(now.timestamp()) // schema.CLEAR_WINDOW_S
    digest = hashlib.sha256(f"{KIND}\n{uid}\n{number}".encode()).hexdigest()[:32]
    return digest, datetime.fromtimestamp((number + 1) * schema.CLEAR_WINDOW_S, UTC)


def parse(document: Document) -> Errand:
    """Check an errand of this kind.

    Raises:
        InvalidRequest: It is none of ours; naming the field.

    """
    fields = Fields(document, known=document)
    ids = fields.items("ids", most=schema.MAX_CLEARED)
    if not all(isinstance(notification_id, str) for notification_id in ids):
        raise InvalidRequest("ids", "must hold strings alone")
    uid = fields.required_text("uid", most=schema.MAX_UID_CHARS, form=schema.DOCUMENT_ID)
    return Errand(uid=uid, ids=tuple(ids))


def phones(recipient: Recipient) -> tuple[Device, ...]:
    """Return the devices that are told: the active phones of a user who was not erased."""
    if recipient.erased_at is not None:
        return ()
    return tuple(
        device
        for device in recipient.devices.values()
        if device.state == "active" and device.platform in _PHONES
    )


def may_wake(recipient: Recipient, *, now: datetime) -> bool:
    """Tell whether iOS apps may be woken in the background again: they seldom are."""
    pause = timedelta(seconds=schema.WAKE_PAUSE_S)
    return recipient.woken_at is None or now - recipient.woken_at >= pause


def build(
    ids: Sequence[str], devices: Iterable[Device], *, unread: int, wakes: bool
) -> list[dict[Device, bytes]]:
    """Return the messages that tell *devices* what was read, serialized, targets left out.

    Each map holds at most one message for a device; few devices need more than the first.

    Args:
        ids: Notifications read. One that fits into no message cannot have come by one either.
        devices: Phones.
        unread: What the badge of iOS apps shows.
        wakes: Whether iOS apps are woken to clear their notifications.

    """
    payloads: Mapping[Platform, Sequence[bytes]] = {
        "android": _batches(ids, _android),
        "ios": [_badge(unread), *(_batches(map(message.collapse_id, ids), _wake)[:1] * wakes)],
        "web": (),
    }
    queues = {device: payloads[device.platform] for device in devices}
    longest = max(map(len, queues.values()), default=0)
    return [
        {device: queue[turn] for device, queue in queues.items() if turn < len(queue)}
        for turn in range(longest)
    ]


def _android(data: dict[str, str]) -> dict[str, Any]:
    return {"data": data, "android": {"priority": "NORMAL", "ttl": f"{schema.CLEAR_TTL_S}s"}}


def _badge(unread: int) -> bytes:
    return _json({"apns": _apns("alert", {"badge": unread})}).encode()


def _wake(data: dict[str, str]) -> dict[str, Any]:
    return {"data": data, "apns": _apns("background", {"content-available": 1})}


def _apns(push_type: str, aps: dict[str, Any]) -> dict[str, Any]:
    """Return an APNs message that is delivered now or never.

    APNs keeps one notification for an app while a device is away ("Sending notification requests to
    APNs"): this must not take the place of one that says something.
    """
    headers = {"apns-push-type": push_type, "apns-priority": "5", "apns-expiration": "0"}
    return {"headers": headers, "payload": {"aps": aps}}


def _batches(names: Iterable[str], wrap: Callable[[dict[str, str]], dict[str, Any]]) -> list[bytes]:
    """Return as few messages as hold *names*, in order; a name too long for any is left out."""
    room = schema.MAX_PAYLOAD_BYTES - len(_json(wrap(_data([]))).encode())
    batches: list[list[str]] = []
    left = 0
    for name in names:
        weight = len(_json(_json(name)).encode()) - len('""') + len(",")
        if weight > room:
            continue
        if not batches or weight > left:
            batches.append([])
            left = room
        batches[-1].append(name)
        left -= weight
    return [_json(wrap(_data(batch))).encode() for batch in batches]


def _data(names: Sequence[str]) -> dict[str, str]:
    return {schema.OWN_DATA_KEY: _json({"clear": names})}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
