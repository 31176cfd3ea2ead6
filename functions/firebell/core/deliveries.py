"""Frozen values of a delivery: the decision, FCM's reply, the outcome, the record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from firebell.core.model import Device, Platform, Source


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
    tries: int = 0
    """How often FCM was asked to take the message without a final answer: the back-off grows."""
    retry_at: datetime | None = None
    """While it waits: not tried before this instant, whatever becomes of the other devices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The record of what became of one notification.

    `due_at` is when the sweep must look again: the end of the lease while claimed, the next try
    while waiting, absent when final. `attempt` counts claims, `deferrals` those of them that only
    put the push off (quiet hours, the stop switch), `cut_off` those whose run never wrote how it
    ended. The time until giving up counts from `counts_from`, else from the creation.
    """

    id: str
    uid: str
    notification_id: str
    source: Source
    state: State
    attempt: int
    created_at: datetime
    due_at: datetime | None
    deferrals: int = 0
    cut_off: int = 0
    counts_from: datetime | None = None
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
    """Send to *devices*; *skipped* are active, too, but get nothing, each for its reason.

    `note` is a documented reason that the record keeps although the push is sent.
    """

    devices: tuple[Device, ...]
    skipped: Mapping[Device, Skipped] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Send nothing, for a documented reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Defer:
    """Send nothing before *until*, for a documented reason; then decide anew."""

    until: datetime
    reason: str


Decision: TypeAlias = Send | Defer | Drop
