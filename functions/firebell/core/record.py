"""Turn server-only values into Firestore documents and back: recipient, device, delivery."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any, cast

from firebell.core import schema
from firebell.core.deliveries import Delivery, DeviceRecord, Result, State
from firebell.core.model import (
    Device,
    DeviceState,
    Document,
    Fid,
    LegacyToken,
    Platform,
    Preference,
    QuietHours,
    Recipient,
    Source,
    Target,
    UserSettings,
)


def recipient_from(uid: str, document: Document) -> Recipient:
    """Read a recipient's document."""
    devices: Mapping[str, Any] = document.get("devices") or {}
    return Recipient(
        uid=uid,
        devices={device_id: device_from(device_id, value) for device_id, value in devices.items()},
        settings=settings_from(document.get("settings") or {}),
        timezone=document.get("timezone"),
        locale=document.get("locale"),
        erased_at=document.get("erasedAt"),
        woken_at=document.get("wokenAt"),
        topics=tuple(document.get("topics") or ()),
    )


def settings_from(value: Document) -> UserSettings:
    """Read a recipient's `settings`, the checked copy of what its user wrote."""
    preferences: Mapping[str, Any] = value.get("preferences") or {}
    hours = value.get("quietHours")
    return UserSettings(
        preferences={
            category: Preference(push=choice["push"], inbox=choice["inbox"])
            for category, choice in preferences.items()
        },
        quiet_hours=QuietHours(
            start=time.fromisoformat(hours["start"]),
            end=time.fromisoformat(hours["end"]),
            timezone=hours.get("timezone"),
        )
        if hours
        else None,
        locale=value.get("locale"),
    )


def settings_document(settings: UserSettings) -> dict[str, Any]:
    """Write a recipient's `settings`."""
    hours = settings.quiet_hours
    return {
        "preferences": {
            category: {"push": choice.push, "inbox": choice.inbox}
            for category, choice in settings.preferences.items()
        },
        "quietHours": {
            "start": hours.start.isoformat("minutes"),
            "end": hours.end.isoformat("minutes"),
            "timezone": hours.timezone,
        }
        if hours
        else None,
        "locale": settings.locale,
    }


def device_from(device_id: str, value: Document) -> Device:
    """Read one entry of a recipient's `devices`."""
    return Device(
        id=device_id,
        target=_target_from(value["target"]),
        platform=cast(Platform, value["platform"]),
        created_at=value["createdAt"],
        last_seen_at=value["lastSeenAt"],
        state=cast(DeviceState, value["state"]),
        reason=value.get("reason"),
        locale=value.get("locale"),
        timezone=value.get("timezone"),
        app_version=value.get("appVersion"),
        label=value.get("label"),
        imported_from=value.get("importedFrom"),
        topics=tuple(value.get("topics") or ()),
    )


def device_document(device: Device) -> dict[str, Any]:
    """Write one entry of a recipient's `devices`; `importedFrom` and `topics` only if there are."""
    document: dict[str, Any] = {
        "target": target_document(device.target),
        "platform": device.platform,
        "createdAt": device.created_at,
        "lastSeenAt": device.last_seen_at,
        "state": device.state,
        "reason": device.reason,
        "locale": device.locale,
        "timezone": device.timezone,
        "appVersion": device.app_version,
        "label": device.label,
    }
    if device.imported_from is not None:
        document["importedFrom"] = device.imported_from
    if device.topics:
        document["topics"] = list(device.topics)
    return document


def target_document(target: Target) -> dict[str, str]:
    """Write a target, `{kind, value}`."""
    kind = "fid" if isinstance(target, Fid) else "legacyToken"
    return {"kind": kind, "value": target.value}


def delivery_from(delivery_id: str, document: Document) -> Delivery:
    """Read a delivery's document."""
    return Delivery(
        id=delivery_id,
        uid=document["uid"],
        notification_id=document["notificationId"],
        source=cast(Source, document["source"]),
        state=State(document["state"]),
        attempt=document["attempt"],
        created_at=document["createdAt"],
        due_at=document.get("dueAt"),
        deferrals=document.get("deferrals", 0),
        cut_off=document.get("cutOff", 0),
        counts_from=document.get("countsFrom"),
        reason=document.get("reason"),
        rejected_field=document.get("field"),
        problem=document.get("problem"),
        devices={
            device_id: DeviceRecord(
                platform=cast(Platform, line["platform"]),
                target_hash=line["targetHash"],
                result=Result(line["outcome"]),
                message_name=line.get("messageName"),
                code=line.get("code"),
                reason=line.get("reason"),
                tries=line.get("tries", 0),
                retry_at=line.get("retryAt"),
            )
            for device_id, line in document["devices"].items()
        },
    )


def delivery_document(delivery: Delivery, *, due_shard: int) -> dict[str, Any]:
    """Write a delivery whole.

    `dueAt` and `dueShard` stand only while work is due; `expireAt` is the record's end of life.
    """
    last = delivery.due_at or delivery.created_at
    document: dict[str, Any] = {
        "uid": delivery.uid,
        "notificationId": delivery.notification_id,
        "source": delivery.source,
        "state": delivery.state.value,
        "attempt": delivery.attempt,
        "deferrals": delivery.deferrals,
        "cutOff": delivery.cut_off,
        "countsFrom": delivery.counts_from,
        "createdAt": delivery.created_at,
        "expireAt": last + timedelta(seconds=schema.DELIVERY_LIFE_S),
        "reason": delivery.reason,
        "field": delivery.rejected_field,
        "problem": delivery.problem,
        "devices": {device_id: _line(line) for device_id, line in delivery.devices.items()},
    }
    if delivery.due_at is not None:
        document |= {"dueAt": delivery.due_at, "dueShard": due_shard}
    return document


def _line(line: DeviceRecord) -> dict[str, Any]:
    return {
        "platform": line.platform,
        "targetHash": line.target_hash,
        "outcome": line.result.value,
        "messageName": line.message_name,
        "code": line.code,
        "reason": line.reason,
        "tries": line.tries,
        "retryAt": line.retry_at,
    }


def _target_from(value: Document) -> Target:
    if value["kind"] == "fid":
        return Fid(value=value["value"])
    return LegacyToken(value=value["value"])
