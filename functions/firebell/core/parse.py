"""Turn a document that others wrote into checked values, or name the field at fault."""

from typing import Any, Literal, cast

from firebell.core import schema
from firebell.core.fields import Fields, require_unicode
from firebell.core.model import Action, Notification, OutboxItem, Priority
from firebell.errors import InvalidRequest


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
    notification = content(notification_id, fields)
    require_something_to_show(notification)
    return notification


def outbox_item(notification_id: str, document: Any) -> OutboxItem:
    """Check the outbox document *notification_id*.

    Raises:
        InvalidRequest: Naming the field, also when the inbox is wanted and nothing could be shown.

    """
    fields = Fields(document, known=schema.OUTBOX_FIELDS)
    fields.time("createdAt")
    due_at, send_at = fields.time("dueAt"), fields.time("sendAt")
    due_shard = fields.integer("dueShard", least=0, most=schema.DUE_SHARDS - 1)
    inbox = fields.flag("inbox", default=True)
    notification = content(notification_id, fields)
    if inbox:
        require_something_to_show(notification)
    return OutboxItem(
        uid=uid(fields.get("uid")),
        notification=notification,
        inbox=inbox,
        send_at=send_at,
        is_scheduled=send_at is not None and due_at == send_at and due_shard is not None,
    )


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
    if "\n" in value:
        raise InvalidRequest(field, "must not hold a line break, which ends it in a delivery's id")
    require_unicode(value, field)
    return value


def content(notification_id: str, fields: Fields) -> Notification:
    """Check what a sender may say about a notification, wherever it is written.

    Raises:
        InvalidRequest: Naming the field.

    """
    title, body = _texts(fields)
    return Notification(
        id=notification_id,
        title=title,
        body=body,
        category=fields.text("category", most=schema.MAX_LABEL_CHARS),
        priority=cast(Priority, fields.choice("priority", ("normal", "high")) or "high"),
        urgent=fields.flag("urgent", default=False),
        image=fields.url("image"),
        link=_link(fields),
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
                link=_link(action),
            )
        )
    return tuple(found)


def _link(fields: Fields) -> str | None:
    """Return what a tap opens: a path, a URL, an app's own scheme; never a script."""
    link = fields.text("link", most=2048, form=schema.LINK)
    if link is not None and schema.SCRIPT_LINK.match(link):
        raise InvalidRequest(fields.name("link"), "must not be a script or carry its own content")
    return link


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


def require_something_to_show(notification: Notification, *, path: str = "") -> None:
    """Refuse a notification that no tray and no inbox could show.

    Raises:
        InvalidRequest: Naming the body, below *path*.

    """
    if notification.title is None and notification.body is None:
        problem = "is required where there is no title: nothing could be shown"
        raise InvalidRequest(f"{path}body", problem)
