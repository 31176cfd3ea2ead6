"""What waits for a device that is away: collapsing, time to live, and FCM's two limits.

Where FCM documents no order, the oldest gives way: of more than four collapse keys, and of more
than a hundred messages for Apple devices and browsers, about whose limit nothing is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from fcm_emulator.device import Accepted
from fcm_emulator.happening import Outcome
from fcm_emulator.lifetime import Lifetime, lifetime

# FCM documentation, "Message types": collapsible messages, for one Android device at a time.
MAX_COLLAPSE_KEYS = 4
# FCM documentation, "Message types": stored for one device without collapsing.
MAX_NON_COLLAPSIBLE = 100


class Dropped(NamedTuple):
    """A message that no longer waits, and why."""

    accepted: Accepted
    outcome: Outcome


class Held(NamedTuple):
    """A message that waits: for its device, and for its own time if it is held back."""

    accepted: Accepted
    life: Lifetime
    until_ms: float


@dataclass(slots=True)
class Pending:
    """The messages that FCM keeps for one device, oldest first."""

    held: list[Held] = field(default_factory=list)
    # Android's app is told so when it connects (onDeletedMessages).
    has_deleted: bool = False

    def hold(self, accepted: Accepted, until_ms: float | None = None) -> Iterator[Dropped]:
        """Keep *accepted*, at least *until_ms*; give what has to go for it: perhaps itself.

        The iterator does the work: run it to its end.
        """
        platform = accepted.device.platform
        life = lifetime(accepted.message, platform, accepted_at_ms=accepted.accepted_at_ms)
        if life.expires_at_ms <= accepted.accepted_at_ms:
            yield Dropped(accepted, "droppedTtlExpired")
            return
        key = life.collapse_key
        if key is not None:
            yield from self._drop([h for h in self.held if h.life.collapse_key == key], "collapsed")
        self.held.append(Held(accepted, life, until_ms or 0.0))
        if platform == "android":
            yield from self._limit_keys()
            yield from self._limit_android()
        elif self._non_collapsible_count() > MAX_NON_COLLAPSIBLE:
            oldest = next(h for h in self.held if h.life.collapse_key is None)
            yield from self._drop([oldest], "droppedTooManyPendingMessages")

    def expire(self, now_ms: float) -> list[Dropped]:
        """Give up what has waited its time."""
        old = [held for held in self.held if held.life.expires_at_ms <= now_ms]
        return list(self._drop(old, "droppedTtlExpired"))

    def release(self, now_ms: float) -> list[Accepted]:
        """Hand over all that is not held back, in the order of acceptance."""
        released = [held.accepted for held in self.held if held.until_ms <= now_ms]
        self.held = [held for held in self.held if held.until_ms > now_ms]
        self.has_deleted = False
        return released

    def abandon(self) -> list[Dropped]:
        """Give everything up: the device will not come back."""
        return list(self._drop(list(self.held), "droppedDeviceInactive"))

    def _limit_keys(self) -> Iterator[Dropped]:
        keyed = [held for held in self.held if held.life.collapse_key is not None]
        yield from self._drop(keyed[:-MAX_COLLAPSE_KEYS], "droppedTooManyPendingMessages")

    def _limit_android(self) -> Iterator[Dropped]:
        if self._non_collapsible_count() > MAX_NON_COLLAPSIBLE:
            self.has_deleted = True
            yield from self._drop(list(self.held), "droppedTooManyPendingMessages")

    def _non_collapsible_count(self) -> int:
        return sum(held.life.collapse_key is None for held in self.held)

    def _drop(self, leaving: list[Held], outcome: Outcome) -> Iterator[Dropped]:
        for held in leaving:
            self.held.remove(held)
            yield Dropped(held.accepted, outcome)
