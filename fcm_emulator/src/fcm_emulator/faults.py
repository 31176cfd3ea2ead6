"""Scripted faults: which sends go wrong, how often, and what FCM would answer.

Determinate: a fault with a rate draws from a seed of its own, so the same sends fail in each run.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from fcm_emulator import credential_errors, errors
from fcm_emulator.refusal import Refusal, Refused

# No reply of FCM's: the message is accepted, and then the connection breaks.
CONNECTION_RESET = "CONNECTION_RESET"

# What a test may script: FCM's error codes, and the replies that carry no code of FCM's.
_REPLIES: Mapping[str, Callable[[str], Refusal]] = {
    "UNSPECIFIED_ERROR": lambda _: errors.unspecified(),
    "INVALID_ARGUMENT": lambda _: errors.malformed_legacy_token(),
    "UNREGISTERED": lambda _: errors.unregistered(),
    "SENDER_ID_MISMATCH": lambda _: errors.sender_id_mismatch(),
    "QUOTA_EXCEEDED": lambda _: errors.quota_exceeded(),
    "TOPIC_QUOTA": lambda _: errors.topic_quota(),
    "UNAVAILABLE": lambda _: errors.unavailable(),
    "INTERNAL": lambda _: errors.internal(),
    "THIRD_PARTY_AUTH_ERROR": lambda _: errors.third_party_auth("THIRD_PARTY_AUTH_ERROR"),
    "APNS_AUTH_ERROR": lambda _: errors.third_party_auth("APNS_AUTH_ERROR"),
    "PROJECT_QUOTA": errors.project_quota,
    "IAM_PERMISSION_DENIED": errors.iam_denied,
    "ACCESS_TOKEN_EXPIRED": lambda _: credential_errors.expired(),
    "HTML_502": lambda _: errors.html_bad_gateway(),
}
SCRIPTABLE = (*_REPLIES, CONNECTION_RESET)


@dataclass(slots=True, kw_only=True)
class Fault:
    """What befalls sends, *remaining* times or (None) always.

    Without *error* the send succeeds, *delay_ms* late.
    """

    error: str | None
    target: str | None
    remaining: int | None
    rate: float
    delay_ms: int
    retry_after_s: int | None
    chance: random.Random

    @property
    def is_reset(self) -> bool:
        """Whether the connection breaks once the message is accepted."""
        return self.error == CONNECTION_RESET

    @property
    def delay_s(self) -> float:
        """How late the answer comes."""
        return self.delay_ms / 1000

    def strikes(self, target: str) -> bool:
        """Decide whether this send to *target* is concerned."""
        if self.target is not None and self.target != target:
            return False
        return self.rate >= 1 or self.chance.random() < self.rate

    def refuse(self, project_id: str) -> None:
        """Give the scripted reply, if there is one.

        Raises:
            Refused: with that reply.

        """
        if self.error is None or self.is_reset:
            return
        refusal = _REPLIES[self.error](project_id)
        if self.retry_after_s is not None:
            refusal = refusal.with_retry_after(self.retry_after_s)
        raise Refused(refusal, delay_s=self.delay_s)


@dataclass(slots=True)
class Faults:
    """The faults of a project, in the order in which they were scripted."""

    _faults: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Script *fault*, after those that are there."""
        self._faults.append(fault)

    def __iter__(self) -> Iterator[Fault]:
        """Go through those that are left."""
        return iter(self._faults)

    def clear(self) -> None:
        """Let sends succeed again."""
        self._faults.clear()

    def take(self, target: str) -> Fault | None:
        """Find the first fault that strikes a send to *target* and use it up by one."""
        for fault in self._faults:
            if fault.strikes(target):
                if fault.remaining is not None:
                    fault.remaining -= 1
                    if fault.remaining == 0:
                        self._faults.remove(fault)
                return fault
        return None
