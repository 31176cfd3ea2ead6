"""Turn what a caller sent into checked values, or name the field that does not fit."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from firebell.core import schema
from firebell.core.fields import Fields
from firebell.core.model import Device, Fid, LegacyToken, Platform, Target
from firebell.errors import InvalidRequest, NotAllowed

PLATFORMS = ("android", "ios", "web")


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


def topic(body: Any) -> str:
    """Check a call that names a topic, `{topic}`.

    Raises:
        InvalidRequest: Naming the field.

    """
    fields = Fields(body, known={"topic"})
    return fields.required_text("topic", most=schema.MAX_TOPIC_CHARS, form=schema.TOPIC)


def require_open(name: str, allowed: Iterable[str]) -> None:
    """Refuse the topic *name* unless clients may join it by themselves.

    Args:
        name: The topic.
        allowed: Names; a `*` at the end of one stands for any ending.

    Raises:
        NotAllowed: None of *allowed* is it.

    """
    for pattern in allowed:
        if name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1])):
            return
    raise NotAllowed("topic_closed", "subscribing")


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
