"""Turn what a caller sent into checked values, or name the field that does not fit."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from firebell.core import content, parse, schema
from firebell.core.fields import Fields
from firebell.core.model import Device, Fid, LegacyToken, Platform, Target
from firebell.errors import InvalidRequest

PLATFORMS = ("android", "ios", "web")


def send_request(body: Any) -> tuple[str, dict[str, Any]]:
    """Check `POST /v1/notifications`' body; return the uid and the notification's fields as sent.

    All is checked here, so that the caller learns of a mistake at once and not from a delivery.
    Times are RFC 3339 strings in JSON; they come back as aware UTC.

    Raises:
        InvalidRequest: Naming the field (`notification.title`).

    """
    fields = Fields(body, known={"uid", "notification"})
    to = parse.uid(fields.get("uid"))
    sent = fields.get("notification")
    if not isinstance(sent, Mapping):
        raise InvalidRequest("notification", "is required and must be a map")
    said = dict(sent)
    if isinstance(said.get("expireAt"), str):
        said["expireAt"] = rfc3339(said["expireAt"], "notification.expireAt")
    checked = Fields(said, known=schema.CONTENT_FIELDS, path="notification")
    content.require_something_to_show(content.notification("-", checked), checked)
    return to, said


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


def nothing(body: Any) -> None:
    """Refuse a call that says anything; client SDKs send null where there are no arguments.

    Raises:
        InvalidRequest: Naming the field.

    """
    Fields({} if body is None else body, known=())


def notification_id(body: Any) -> str:
    """Check a call that names a notification, `{notificationId}`.

    Raises:
        InvalidRequest: Naming the field.

    """
    fields = Fields(body, known={"notificationId"})
    found = fields.required_text("notificationId", form=schema.DOCUMENT_ID)
    if len(found.encode()) > schema.MAX_DOCUMENT_ID_BYTES:
        problem = f"must be at most {schema.MAX_DOCUMENT_ID_BYTES} bytes"
        raise InvalidRequest("notificationId", problem)
    return found


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


def rfc3339(value: str, field: str) -> datetime:
    """Return the RFC 3339 time *value* as aware UTC.

    Raises:
        InvalidRequest: Naming *field*.

    """
    try:
        time = datetime.fromisoformat(value)
        if time.tzinfo is None:
            raise InvalidRequest(field, "must name its offset, as 2026-01-31T09:00:00Z")
        return time.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(field, "must be an RFC 3339 time, as 2026-01-31T09:00:00Z") from error
