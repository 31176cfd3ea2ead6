"""Turn a document that others wrote into checked values, or name the field at fault."""

from dataclasses import replace
from typing import Any

from firebell.core import content, schema
from firebell.core.fields import Fields, require_unicode
from firebell.core.model import Notification, OutboxItem
from firebell.errors import InvalidRequest


def inbox_notification(notification_id: str, document: Any) -> Notification:
    """Check the inbox document *notification_id*.

    Raises:
        InvalidRequest: Naming the field, also when nothing could be shown or `sendAt` is set.

    """
    fields = Fields(document, known=schema.INBOX_FIELDS | {"sendAt"})
    if fields.get("sendAt") is not None:
        raise InvalidRequest("sendAt", "belongs to the outbox; the inbox shows what is due now")
    times = {name: fields.time(name) for name in ("createdAt", *sorted(schema.OWNER_FIELDS))}
    notification = content.notification(notification_id, fields)
    content.require_something_to_show(notification, fields)
    is_read = times["readAt"] is not None or times["archivedAt"] is not None
    return replace(notification, is_read=is_read)


def outbox_item(notification_id: str, document: Any) -> OutboxItem:
    """Check the outbox document *notification_id*; what FCM only validates goes to no inbox.

    Raises:
        InvalidRequest: Naming the field, also when the inbox is wanted and nothing could be shown.

    """
    fields = Fields(document, known=schema.OUTBOX_FIELDS)
    fields.time("createdAt")
    due_at, send_at = fields.time("dueAt"), fields.time("sendAt")
    due_shard = fields.integer("dueShard", least=0, most=schema.DUE_SHARDS - 1)
    inbox = fields.flag("inbox", default=True)
    validate_only = fields.flag("validateOnly", default=False)
    notification = content.notification(notification_id, fields)
    if inbox:
        content.require_something_to_show(notification, fields)
    return OutboxItem(
        uid=uid(fields.get("uid")),
        notification=replace(notification, validate_only=validate_only),
        inbox=inbox and not validate_only,
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
