"""Complete valid values; a test overrides what it is about."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from firebell.core.deliveries import Delivery, DeviceRecord, FcmReply, Result, State
from firebell.core.model import (
    Action,
    Device,
    Fid,
    LegacyToken,
    Notification,
    OutboxItem,
    Recipient,
    Texts,
)

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
"""The instant tests count from."""

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


def case_id(value: Any) -> str:
    """Return a short name for a parametrized value."""
    text = value if isinstance(value, str) and value.isidentifier() else ascii(value)
    return text if len(text) <= 32 else f"{text[:24]}… ({len(text)})"


def a_fid(number: int = 1) -> Fid:
    return Fid(value=f"c{number:021}")


def a_legacy_token(number: int = 1) -> LegacyToken:
    """Return the registration token of the installation that `a_fid(number)` names."""
    return LegacyToken(value=f"c{number:021}:APA91b{'x' * 60}")


def a_device(number: int = 1, **overrides: Any) -> Device:
    device = Device(
        id=f"c{number:021}",
        target=a_fid(number),
        platform="android",
        created_at=NOW - timedelta(days=90),
        last_seen_at=NOW - timedelta(days=2),
        locale="de-AT",
        timezone="Europe/Vienna",
        app_version="3.2.1",
        label="Pixel 9",
    )
    return replace(device, **overrides)


def a_recipient(*devices: Device, **overrides: Any) -> Recipient:
    held = devices or (a_device(),)
    recipient = Recipient(uid="ada", devices={device.id: device for device in held})
    return replace(recipient, **overrides)


def a_notification(**overrides: Any) -> Notification:
    """Return a notification that says everything a notification can say."""
    notification = Notification(
        id="n1",
        title="Dinner is ready 🍲",
        body="العشاء جاهز",
        category="kitchen",
        priority="high",
        urgent=True,
        image="https://example.com/soup.png",
        link="app://orders/7",
        actions=(
            Action(id="come", title="Coming"),
            Action(id="late", title="Later", link="app://orders/7/later"),
        ),
        data={"order": "7", "table": "Ünter 4"},
        sound="gong",
        badge=3,
        collapse_key="orders",
        ttl_s=3600,
        expire_at=NOW + timedelta(minutes=30),
        push=True,
        localizations={
            "tr": Texts(title="Yemek geldi"),
            "pt-BR": Texts(body="O jantar está pronto"),
        },
    )
    return replace(notification, **overrides)


def a_bare_notification(**overrides: Any) -> Notification:
    return replace(Notification(id="n1", body="Dinner is ready"), **overrides)


def some_content(**overrides: Any) -> dict[str, Any]:
    """Return what a backend writes to say `a_notification()`."""
    content = {
        "title": "Dinner is ready 🍲",
        "body": "العشاء جاهز",
        "category": "kitchen",
        "priority": "high",
        "urgent": True,
        "image": "https://example.com/soup.png",
        "link": "app://orders/7",
        "actions": [
            {"id": "come", "title": "Coming"},
            {"id": "late", "title": "Later", "link": "app://orders/7/later"},
        ],
        "data": {"order": "7", "table": "Ünter 4"},
        "sound": "gong",
        "badge": 3,
        "collapseKey": "orders",
        "ttlSeconds": 3600,
        "expireAt": NOW + timedelta(minutes=30),
        "push": True,
        "localizations": {
            "tr": {"title": "Yemek geldi"},
            "pt_BR": {"body": "O jantar está pronto"},
        },
    }
    return content | overrides


def a_template(**overrides: Any) -> dict[str, Any]:
    """Return a document of `templates` that wants the parameters order, table, price and paid."""
    template = {
        "title": "Order {{order}} is ready",
        "body": "Table {{ table }}, {{price}} €, paid: {{paid}}",
        "link": "https://example.com/orders/{{order}}",
        "image": "https://example.com/{{order}}.png",
        "actions": [{"id": "come", "title": "Coming to {{order}}"}],
        "data": {"order": "{{order}}", "kind": "order"},
        "localizations": {"de": {"title": "Bestellung {{order}} ist fertig"}},
        "category": "orders",
        "ttlSeconds": 600,
    }
    return template | overrides


def an_inbox_document(**overrides: Any) -> dict[str, Any]:
    times = {"createdAt": NOW, "seenAt": None, "readAt": None, "archivedAt": None}
    return some_content() | {"id": "n1", "openedAt": None} | times | overrides


def an_outbox_document(**overrides: Any) -> dict[str, Any]:
    where = {"uid": "ada", "inbox": True, "sendAt": NOW + timedelta(hours=1)}
    return some_content() | where | overrides


def an_outbox_item(**overrides: Any) -> OutboxItem:
    item = OutboxItem(
        uid="ada", notification=a_notification(), inbox=True, send_at=NOW + timedelta(hours=1)
    )
    return replace(item, **overrides)


def a_registration(**overrides: Any) -> dict[str, Any]:
    """Return the body of the `register_device` call that makes `a_device()`."""
    body = {
        "target": {"kind": "fid", "value": a_fid().value},
        "platform": "android",
        "locale": "de-AT",
        "timezone": "Europe/Vienna",
        "appVersion": "3.2.1",
        "label": "Pixel 9",
    }
    return body | overrides


def a_line(**overrides: Any) -> DeviceRecord:
    """Return a device's line in a delivery: `a_device()`'s, which FCM accepted."""
    line = DeviceRecord(
        platform="android",
        target_hash="e971282076f473dd46657b5e5d66b48be04eee7a117edbae131d94bc617a9916",
        result=Result.ACCEPTED,
        message_name="projects/demo-firebell/messages/0:1",
    )
    return replace(line, **overrides)


def a_waiting_line(**overrides: Any) -> DeviceRecord:
    """Return the line of a device that FCM could not serve."""
    said = {"result": Result.WAITING, "message_name": None, "code": "UNAVAILABLE"}
    return a_line(**(said | {"reason": "try_again"} | overrides))


def a_delivery(**overrides: Any) -> Delivery:
    """Return a delivery in its first attempt, claimed at `NOW`."""
    delivery = Delivery(
        id="3f5a2cf0b7e14d6fb0c1c98a1ad2e4f7",
        uid="ada",
        notification_id="n1",
        source="inbox",
        state=State.CLAIMED,
        attempt=1,
        created_at=NOW,
        due_at=NOW + timedelta(minutes=2),
    )
    return replace(delivery, **overrides)


def an_fcm_reply(
    status: int = 200, body: Any = None, *, retry_after: str | None = None
) -> FcmReply:
    """Return FCM's answer; *body* is bytes as they come, or what they say in JSON."""
    if body is None:
        body = {"name": "projects/demo-firebell/messages/0:1"}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return FcmReply(status=status, body=raw, retry_after=retry_after)


def an_fcm_error(status: int, *details: Any, message: str, name: str) -> FcmReply:
    """Return a refusal in Google's shape; *name* is its canonical status."""
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    if details:
        error["details"] = list(details)
    return an_fcm_reply(status, {"error": error})


def fcm_detail(code: str) -> dict[str, Any]:
    return {"@type": FCM_ERROR, "errorCode": code}


def bad_request_detail(*violations: tuple[str, str]) -> dict[str, Any]:
    """Return a BadRequest detail with (field, description) of each violation."""
    found = [{"field": field, "description": problem} for field, problem in violations]
    return {"@type": BAD_REQUEST, "fieldViolations": found} if found else {"@type": BAD_REQUEST}
