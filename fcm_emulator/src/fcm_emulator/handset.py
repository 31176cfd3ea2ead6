"""What happens on one device: connected or away, what waits for it, its screen, its history."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from fcm_emulator.device import Accepted, Device
from fcm_emulator.happening import Happening
from fcm_emulator.pending import Dropped, Pending
from fcm_emulator.tray import Tray

# FCM documentation, "Manage registrations": an Android registration idle for 270 days expires.
EXPIRY_MS = 270 * 86_400_000.0


class Event(NamedTuple):
    """Something that happened on a device.

    *mark* is the project's latest seq then; *accepted* the message that it happened to, if any.
    """

    event: Happening
    at_ms: float
    mark: int
    accepted: Accepted | None


@dataclass(slots=True, kw_only=True)
class Handset:
    """The state of one device; times are the project's."""

    device: Device
    history: deque[Event]
    seen_at_ms: float
    is_online: bool = True
    # Of the latest collapsible message that came too often.
    held_until_ms: float = 0.0
    revision: int = 0
    pending: Pending = field(default_factory=Pending)
    tray: Tray = field(default_factory=Tray)

    def take(self, accepted: Accepted, mark: int, held_until_ms: float | None = None) -> None:
        """Receive *accepted* now, or leave it pending while away or held back."""
        if self.is_online and held_until_ms is None:
            self._deliver(accepted, accepted.accepted_at_ms, mark)
            return
        self.held_until_ms = held_until_ms or self.held_until_ms
        self._drop(self.pending.expire(accepted.accepted_at_ms), accepted.accepted_at_ms, mark)
        self.note("pending", accepted.accepted_at_ms, mark, accepted)
        self._drop(self.pending.hold(accepted, held_until_ms), accepted.accepted_at_ms, mark)

    def connect(self, now_ms: float, mark: int) -> None:
        """Come back, and get what waited; not what is held back, it keeps its time."""
        if self.is_online:
            return
        self.settle(now_ms, mark)
        self.is_online = True
        self.seen_at_ms = now_ms
        self.note("online", now_ms, mark)
        if self.pending.has_deleted:
            self.note("deletedMessages", now_ms, mark)
        self._release(now_ms, mark)

    def disconnect(self, now_ms: float, mark: int) -> None:
        """Go away."""
        if self.is_online:
            self.is_online = False
            self.seen_at_ms = now_ms
            self.note("offline", now_ms, mark)

    def settle(self, now_ms: float, mark: int) -> bool:
        """Get what is held back no longer, and give up what has waited its time.

        Returns:
            Whether there was anything.

        """
        has_released = self.is_online and self._release(now_ms, mark)
        expired = self.pending.expire(now_ms)
        self._drop(expired, now_ms, mark)
        return has_released or bool(expired)

    def abandon(self, now_ms: float, mark: int) -> None:
        """Give up all that waits: the registration has ended."""
        self._drop(self.pending.abandon(), now_ms, mark)

    def clear(self, seq: int | None, now_ms: float, mark: int) -> int:
        """Let the user wipe away one notification or all; tell how many."""
        cleared = self.tray.clear(seq)
        for accepted in cleared:
            self.note("cleared", now_ms, mark, accepted)
        return len(cleared)

    def has_expired(self, now_ms: float) -> bool:
        """Tell whether FCM has given up on a registration that idle; connected is never idle."""
        is_idle = not self.is_online and now_ms - self.seen_at_ms >= EXPIRY_MS
        return is_idle and self.device.platform == "android"

    def forget(self, seq: int) -> None:
        """Drop what is as old as messages that the project no longer remembers."""
        self.tray.forget(seq)
        while self.history and self.history[0].mark <= seq:
            self.history.popleft()

    def note(
        self, event: Happening, at_ms: float, mark: int, accepted: Accepted | None = None
    ) -> None:
        """Add to the history."""
        self.history.append(Event(event, at_ms, mark, accepted))

    def _release(self, now_ms: float, mark: int) -> bool:
        released = self.pending.release(now_ms)
        for accepted in released:
            accepted.device = self.device
            self._deliver(accepted, now_ms, mark)
        return bool(released)

    def _deliver(self, accepted: Accepted, now_ms: float, mark: int) -> None:
        accepted.outcome = "delivered"
        accepted.delivered_at_ms = now_ms
        self.tray.take(accepted)
        self.history.append(Event("delivered", now_ms, mark, accepted))

    def _drop(self, dropped: Iterable[Dropped], now_ms: float, mark: int) -> None:
        for accepted, outcome in dropped:
            accepted.outcome = outcome
            self.note(outcome, now_ms, mark, accepted)
