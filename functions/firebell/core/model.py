"""Frozen values that the rules take: users, their devices and settings, notifications."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
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
    """One installation of the app, as its user registered it.

    `imported_from` names the system it was imported from, until it registers by itself. `topics`
    are those that FCM may have it in, sorted.
    """

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
    imported_from: str | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What a user wants of one category: to be pushed, to find it in the inbox."""

    push: bool = True
    inbox: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """The hours of each day in which no push may disturb, by the clock of *timezone*.

    An `end` that is not after `start` lies on the next day. Without a time zone of its own the
    recipient's counts.
    """

    start: time
    end: time
    timezone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSettings:
    """What a user chose. `preferences` is by category; `default` stands for those not named."""

    preferences: Mapping[str, Preference] = field(default_factory=dict)
    quiet_hours: QuietHours | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A user with devices; `erased_at` set means nothing may reach this user any more.

    `timezone` and `locale` are those of the device registered last. `woken_at` is when iOS apps
    were last woken in the background to clear what was read elsewhere. `topics` are those that the
    user wants, sorted.
    """

    uid: str
    devices: Mapping[str, Device] = field(default_factory=dict)
    settings: UserSettings = UserSettings()
    timezone: str | None = None
    locale: str | None = None
    erased_at: datetime | None = None
    woken_at: datetime | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button on a notification."""

    id: str
    title: str
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A notification's title and body in one language; what is None is not translated."""

    title: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """Something for one user, checked. `expire_at` is aware UTC.

    `localizations` is by language tag (BCP 47). `is_read` says that its owner has read or archived
    it; with `validate_only` FCM checks the messages and delivers none.
    """

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
    localizations: Mapping[str, Texts] = field(default_factory=dict)
    is_read: bool = False
    validate_only: bool = False

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most *most* pushes to one user in each window of *window_s* seconds.

    `category` is the one it is written under; all that have none of their own share `default`'s.
    """

    category: str
    most: int
    window_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """What counts a user's pushes towards a cap in one window, at whose end it may go."""

    id: str
    expire_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What an operator may change without a deploy. `caps` is by category, as preferences are."""

    sending_paused: bool = False
    caps: Mapping[str, Cap] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRequest:
    """A request with an Idempotency-Key: what its repeat has to find.

    Attributes:
        seed: Secret from which, with a uid, each of its notifications' ids follows.
        written: How many of its documents are created.

    """

    id: str
    caller: str
    body_hash: str
    seed: str
    created_at: datetime
    count: int
    written: int = 0

    @property
    def is_done(self) -> bool:
        """Tell whether every document of it is created."""
        return self.written >= self.count


Document: TypeAlias = Mapping[str, Any]
"""A Firestore document's fields, camelCase."""
