"""Frozen values that the rules take and give, from the notification to what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, TypeAlias

Platform: TypeAlias = Literal["android", "ios", "web"]
Priority: TypeAlias = Literal["normal", "high"]
DeviceState: TypeAlias = Literal["active", "quarantined", "disabled"]
Source: TypeAlias = Literal["inbox", "outbox"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fid:
    """A target named by its Firebase Installation ID."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyToken:
    """A target named by an FCM registration token, which FCM deprecated in 2026."""

    value: str


Target: TypeAlias = Fid | LegacyToken


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One installation of the app, as its user registered it."""

    id: str
    target: Target
    platform: Platform
    created_at: datetime
    last_seen_at: datetime
    state: DeviceState = "active"
    reason: str | None = None
    locale: str | None = None
    timezone: str | None = None
    app_version: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A user with devices; `erased_at` set means nothing may reach this user any more."""

    uid: str
    devices: Mapping[str, Device] = field(default_factory=dict)
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button on a notification."""

    id: str
    title: str
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """Something for one user, checked. `expire_at` is aware UTC."""

    id: str
    title: str | None = None
    body: str | None = None
    category: str | None = None
    priority: Priority = "high"
    urgent: bool = False
    image: str | None = None
    link: str | None = None
    actions: tuple[Action, ...] = ()
    data: Mapping[str, str] = field(default_factory=dict)
    sound: str | None = None
    badge: int | Literal["unread"] | None = None
    collapse_key: str | None = None
    ttl_s: int | None = None
    expire_at: datetime | None = None
    push: bool = True

    @property
    def is_silent(self) -> bool:
        """Nothing to show: the app alone gets its data."""
        return self.title is None and self.body is None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """A notification for later, silent, or not for the inbox, with where it goes and when."""

    uid: str
    notification: Notification
    inbox: bool = True
    send_at: datetime | None = None
    is_scheduled: bool = False
    """The document already stands in the index of due work, for `send_at`."""


class State(StrEnum):
    """States of a delivery; the last five are final."""

    CLAIMED = "claimed"
    WAITING = "waiting"
    DONE = "done"
    DROPPED = "dropped"
    REJECTED = "rejected"
    FAILED = "failed"
    GAVE_UP = "gaveUp"


class Result(StrEnum):
    """What became of one device in a delivery; every one but `waiting` is final."""

    ACCEPTED = "accepted"
    GONE = "gone"
    QUARANTINED = "quarantined"
    WAITING = "waiting"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"
    GAVE_UP = "gaveUp"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecord:
    """One device's line in a delivery: never the target, only its hash."""

    platform: Platform
    target_hash: str
    result: Result
    message_name: str | None = None
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The record of what became of one notification.

    `due_at` is when the sweep must look again: the end of the lease while claimed, the next try
    while waiting, absent when final.
    """

    id: str
    uid: str
    notification_id: str
    source: Source
    state: State
    attempt: int
    created_at: datetime
    due_at: datetime | None
    reason: str | None = None
    rejected_field: str | None = None
    problem: str | None = None
    devices: Mapping[str, DeviceRecord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FcmReply:
    """What FCM answered, unread. `status` 0 means no answer came, and `fault` says why."""

    status: int
    body: bytes = b""
    retry_after: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """FCM took the message; it reports nothing further."""

    message_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The target no longer exists: remove the device."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """FCM refused the target while the payload looks right: set the device aside."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRequest:
    """FCM refused the message itself: the devices are untouched."""

    code: str
    field: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationFault:
    """Credentials, sender or APNs key are wrong: an operator has to act; devices are untouched."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """FCM or the network could not now. `after_s` is the least wait, when one is known."""

    code: str
    after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Nothing was sent to the device, for a documented reason."""

    reason: str


Outcome: TypeAlias = (
    Accepted | Gone | Suspect | BadRequest | ConfigurationFault | TryAgain | Skipped
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send to *devices*; *skipped* are active, too, but get nothing, each for its reason."""

    devices: tuple[Device, ...]
    skipped: Mapping[Device, Skipped] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Send nothing, for a documented reason."""

    reason: str


Decision: TypeAlias = Send | Drop

Document: TypeAlias = Mapping[str, Any]
"""A Firestore document's fields, camelCase."""
