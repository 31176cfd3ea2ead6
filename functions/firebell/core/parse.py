"""Turn what others wrote (documents, calls) into checked values, or name the field at fault."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from firebell.core import schema
from firebell.core.fields import Fields, require_unicode
from firebell.core.model import (
    Action,
    Device,
    Fid,
    LegacyToken,
    Notification,
    OutboxItem,
    Platform,
    Priority,
    Target,
)
from firebell.errors import InvalidRequest

PLATFORMS = ("android", "ios", "web")


def inbox_notification(notification_id: str, document: Any) -> Notification:
    """Check the inbox document *notification_id*.

    Raises:
        InvalidRequest: Naming the field, also when nothing could be shown or `sendAt` is set.

    """
    fields = Fields(document, known=schema.INBOX_FIELDS | {"sendAt"})
    if fields.get("sendAt") is not None:
        raise InvalidRequest("sendAt", "belongs to the outbox; the inbox shows what is due now")
    for name in ("createdAt", *sorted(schema.OWNER_FIELDS)):
        fields.time(name)
    notification = _content(notification_id, fields)
    _require_something_to_show(notification)
    return notification


def outbox_item(notification_id: str, document: Any) -> OutboxItem:
    """Check the outbox document *notification_id*.

    Raises:
        InvalidRequest: Naming the field, also when the inbox is wanted and nothing could be shown.

    """
    fields = Fields(document, known=schema.OUTBOX_FIELDS)
    inbox = fields.flag("inbox", default=True)
    notification = _content(notification_id, fields)
    if inbox:
        _require_something_to_show(notification)
    return OutboxItem(
        uid=uid(fields.get("uid")),
        notification=notification,
        inbox=inbox,
        send_at=fields.time("sendAt"),
    )


def send_request(body: Any) -> tuple[str, dict[str, Any]]:
    """Check `POST /v1/notifications`' body; return the uid and the notification's fields as sent.

    All is checked here, so that the caller learns of a mistake at once and not from a delivery.
    Times are RFC 3339 strings in JSON; they come back as aware UTC.

    Raises:
        InvalidRequest: Naming the field (`notification.title`).

    """
    fields = Fields(body, known={"uid", "notification"})
    to = uid(fields.get("uid"))
    sent = fields.get("notification")
    if not isinstance(sent, Mapping):
        raise InvalidRequest("notification", "is required and must be a map")
    content = dict(sent)
    if isinstance(content.get("expireAt"), str):
        content["expireAt"] = _rfc3339(content["expireAt"], "notification.expireAt")
    checked = _content("-", Fields(content, known=schema.CONTENT_FIELDS, path="notification"))
    _require_something_to_show(checked, path="notification.")
    return to, content


def device_registration(body: Any, *, now: datetime) -> Device:
    """Check a `register_device` call and derive the device's id from its target.

    Raises:
        InvalidRequest: Naming the field (`target.kind`).

    """
    names = ("locale", "timezone", "appVersion", "label")
    fields = Fields(body, known={"target", "platform", *names})
    found = target(fields.get("target"))
    platform = fields.choice("platform", PLATFORMS)
    if platform is None:
        raise InvalidRequest("platform", f"is required: one of {', '.join(PLATFORMS)}")
    texts = {name: fields.text(name, most=schema.MAX_LABEL_CHARS) for name in names}
    return Device(
        id=device_id(found),
        target=found,
        platform=cast(Platform, platform),
        created_at=now,
        last_seen_at=now,
        locale=texts["locale"],
        timezone=texts["timezone"],
        app_version=texts["appVersion"],
        label=texts["label"],
    )


def target(value: Any) -> Target:
    """Check a target, `{kind: fid|legacyToken, value}`.

    Raises:
        InvalidRequest: Naming `target.kind` or `target.value`, never showing the value.

    """
    fields = Fields(value, known={"kind", "value"}, path="target")
    kind = fields.choice("kind", ("fid", "legacyToken"))
    if kind == "fid":
        return Fid(value=fields.required_text("value", form=schema.FID))
    if kind == "legacyToken":
        return LegacyToken(value=fields.required_text("value", form=schema.LEGACY_TOKEN))
    raise InvalidRequest("target.kind", "is required: fid or legacyToken")


def device_id(found: Target) -> str:
    """Return the id of the installation behind *found*, so that a FID replaces its legacy token.

    A registration token begins with the FID of its installation and a colon; one that does not is
    known by its hash.
    """
    if isinstance(found, Fid):
        return found.value
    installation, colon, _ = found.value.partition(":")
    if colon and schema.FID.match(installation):
        return installation
    return hashlib.sha256(found.value.encode()).hexdigest()[:32]


def uid(value: Any, *, field: str = "uid") -> str:
    """Check a user's id: what Firebase Authentication and a Firestore document id both allow.

    Raises:
        InvalidRequest: Naming *field*.

    """
    if not isinstance(value, str) or not value:
        raise InvalidRequest(field, "is required and must be a string")
    if len(value) > schema.MAX_UID_CHARS:
        raise InvalidRequest(field, f"must be at most {schema.MAX_UID_CHARS} characters")
    if not schema.DOCUMENT_ID.match(value):
        raise InvalidRequest(field, "must be a valid document id: no '/', not '.', '..' or '__…__'")
    require_unicode(value, field)
    return value


def _content(notification_id: str, fields: Fields) -> Notification:
    title, body = _texts(fields)
    return Notification(
        id=notification_id,
        title=title,
        body=body,
        category=fields.text("category", most=schema.MAX_LABEL_CHARS),
        priority=cast(Priority, fields.choice("priority", ("normal", "high")) or "high"),
        urgent=fields.flag("urgent", default=False),
        image=fields.url("image"),
        link=fields.text("link", most=2048),
        actions=_actions(fields),
        data=_data(fields),
        sound=fields.text("sound", most=schema.MAX_LABEL_CHARS),
        badge=_badge(fields),
        collapse_key=_collapse_key(fields),
        ttl_s=fields.integer("ttlSeconds", least=0, most=schema.MAX_TTL_S),
        expire_at=fields.time("expireAt"),
        push=fields.flag("push", default=True),
    )


def _texts(fields: Fields) -> tuple[str | None, str | None]:
    """Return title and body; small apps write `message`, a string or a map with both."""
    title, body = fields.text("title"), fields.text("body")
    message = fields.get("message")
    if message is None:
        return title, body
    if title is not None or body is not None:
        raise InvalidRequest(fields.name("message"), "stands beside title or body: use one form")
    if isinstance(message, str):
        return None, fields.text("message")
    inner = Fields(message, known={"title", "body"}, path=fields.name("message"))
    return inner.text("title"), inner.text("body")


def _actions(fields: Fields) -> tuple[Action, ...]:
    found = []
    for index, value in enumerate(fields.items("actions", most=schema.MAX_ACTIONS)):
        path = f"{fields.name('actions')}[{index}]"
        action = Fields(value, known={"id", "title", "link"}, path=path)
        found.append(
            Action(
                id=action.required_text("id", most=schema.MAX_LABEL_CHARS),
                title=action.required_text("title", most=schema.MAX_LABEL_CHARS),
                link=action.text("link", most=2048),
            )
        )
    return tuple(found)


def _data(fields: Fields) -> dict[str, str]:
    data = fields.strings("data")
    for key in data:
        if not key or schema.RESERVED_DATA_KEYS.match(key):
            raise InvalidRequest(fields.name(f"data.{key}"), "is a reserved key, choose another")
        if len(key.encode()) > schema.MAX_FIELD_NAME_BYTES:
            raise InvalidRequest(fields.name("data"), "has a key longer than Firestore takes")
    return data


def _badge(fields: Fields) -> int | Literal["unread"] | None:
    if fields.get("badge") == "unread":
        return "unread"
    return fields.integer("badge", least=0, most=2**31 - 1)


def _collapse_key(fields: Fields) -> str | None:
    key = fields.text("collapseKey")
    if key is not None and len(key.encode()) > schema.MAX_COLLAPSE_KEY_BYTES:
        limit = schema.MAX_COLLAPSE_KEY_BYTES
        raise InvalidRequest(fields.name("collapseKey"), f"must be at most {limit} bytes")
    return key


def _require_something_to_show(notification: Notification, *, path: str = "") -> None:
    if notification.title is None and notification.body is None:
        problem = "is required where there is no title: nothing could be shown"
        raise InvalidRequest(f"{path}body", problem)


def _rfc3339(value: str, field: str) -> datetime:
    try:
        time = datetime.fromisoformat(value)
        if time.tzinfo is None:
            raise InvalidRequest(field, "must name its offset, as 2026-01-31T09:00:00Z")
        return time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(field, "must be an RFC 3339 time, as 2026-01-31T09:00:00Z") from error
