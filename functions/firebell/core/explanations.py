"""Say in plain words what became of a notification: a sentence for every state and reason.

docs/deliveries.md shows the same tables; a contract test holds them together.
"""

from collections.abc import Mapping
from typing import Final

from firebell.core import schema
from firebell.core.deliveries import Delivery, DeviceRecord, Result, State

ACCEPTED: Final = "it was accepted, and its turn comes within seconds"
SCHEDULED: Final = "it waits for its sendAt"
"""What is true of a document in the outbox before its delivery begins."""

STATES: Final[Mapping[State, str]] = {
    State.CLAIMED: "it is being sent",
    State.WAITING: "it waits, and is tried again",
    State.DONE: "FCM accepted it for at least one device, and none waits",
    State.DROPPED: "nobody was to get a push",
    State.REJECTED: "it cannot be sent by anyone",
    State.FAILED: "this deployment's configuration is at fault",
    State.GAVE_UP: "its time (24 hours, or the notification's own) is used up, or "
    f"{schema.MAX_CUT_OFF} of its runs were cut off",
}

OUTCOMES: Final[Mapping[Result, str]] = {
    Result.ACCEPTED: "FCM took the message; whether it was shown, FCM does not tell",
    Result.GONE: "it no longer exists, and was removed",
    Result.QUARANTINED: "it is set aside until its app registers it again",
    Result.WAITING: "it waits, and is tried again",
    Result.SKIPPED: "it was sent nothing",
    Result.REJECTED: "it got nothing",
    Result.FAILED: "FCM refused this deployment",
    Result.GAVE_UP: "it was given up",
}

REASONS: Final[Mapping[str, str]] = {
    "no_recipient": "the user has never registered a device",
    "no_device": "the user has no active device",
    "no_device_left": "every device turned out to be gone, or was set aside",
    "push_off": "the notification says push: false",
    "expired": "its expireAt has passed",
    "already_read": "the user had read or archived it before it could be sent",
    "category_off": "the user wants no pushes of its category",
    "quiet_hours": "the user has quiet hours; if it was dropped, they outlast the push's life",
    "validate_only": "the sender asked for a trial: FCM checked the messages and delivered none",
    "timezone_unknown": "the time zone of the user's quiet hours is not known, so there were none",
    "capped": "the user has got as many pushes of its category as config/runtime allows in a while",
    "paused": "an operator paused all sending",
    "silent_web": "there is nothing to show, and a browser must show every push",
    "erased": "the user was erased",
    "notification_deleted": "it was deleted from the inbox before it could be sent",
    "rejected": "see field and problem",
    "configuration": "see the devices' code",
    "try_again": "FCM or the network could not",
    "redriven": "it had failed or was given up, and an operator had it sent again",
    "gave_up": "it waited for too long",
    "unregistered": "FCM no longer knows its target",
    "target_refused": "FCM refused its target, and nothing else",
    "message_refused": "FCM refused the message; see field and problem",
    "device_left": "it left while its message waited",
}


def delivery(found: Delivery) -> str:
    """Return why *found* is where it is, as a sentence."""
    return sentence(STATES[found.state], found.reason)


def device(line: DeviceRecord) -> str:
    """Return what became of a device's message, as a sentence."""
    return sentence(OUTCOMES[line.result], line.reason)


def sentence(fact: str, reason: str | None = None) -> str:
    """Return *fact*, and why where there is a *reason*, as a sentence."""
    why = "" if reason is None else f": {REASONS.get(reason, reason)}"
    return f"{fact[0].upper()}{fact[1:]}{why}."
