"""One project: its devices and topics, what was accepted for them, its faults, its time.

For one event loop only; nothing here knows HTTP.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from fcm_emulator.arrivals import Arrivals
from fcm_emulator.device import Accepted, Device
from fcm_emulator.faults import Faults
from fcm_emulator.handset import Event, Handset
from fcm_emulator.limits import Use
from fcm_emulator.schema import Message
from fcm_emulator.targets import Platform
from fcm_emulator.topics import Subscriptions

# Removals that a watcher who was away can still learn of one by one.
_REMOVALS_COUNT = 1000
# The loop's clock is not the project's: a timer that came early would settle nothing.
_LATE_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages somebody asks for: seq above *after*, and whatever else is not None."""

    after: int = 0
    target: str | None = None
    platform: Platform | None = None
    is_delivered_only: bool = False

    def includes(self, accepted: Accepted) -> bool:
        """Tell whether *accepted* is one of them, its seq aside."""
        return (
            (self.target is None or accepted.device.target.value == self.target)
            and (self.platform is None or accepted.device.platform == self.platform)
            and (not self.is_delivered_only or accepted.outcome == "delivered")
        )


@dataclass(slots=True)
class Project:
    """One project's state, apart from every other project's."""

    history_count: int
    device_history_count: int
    clock_ns: Callable[[], int]
    use: Use
    is_closed: bool = False
    # Tells one life of the project from the next, after a reset.
    epoch: str = field(default_factory=lambda: secrets.token_hex(4))
    revision: int = 0
    handsets: dict[str, Handset] = field(default_factory=dict)
    removals: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=_REMOVALS_COUNT))
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    faults: Faults = field(default_factory=Faults)
    arrivals: Arrivals = field(default_factory=Arrivals)
    _advanced_ns: int = 0
    _messages: deque[Accepted] = field(default_factory=deque)
    _accepted_count: int = 0

    def now_ns(self) -> int:
        """Tell the project's time since the epoch: the machine's, plus what was advanced."""
        return self.clock_ns() + self._advanced_ns

    def now_ms(self) -> float:
        """Tell the same in milliseconds."""
        return self.now_ns() / 1e6

    def advance(self, by_ns: int) -> None:
        """Let time pass at once: what it lets expire is gone afterwards."""
        self._advanced_ns += by_ns
        self.settle()

    def devices(self) -> Iterator[tuple[str, Device]]:
        """Go through the targets and their devices."""
        return ((target, handset.device) for target, handset in self.handsets.items())

    def find(self, target: str) -> Device | None:
        """Give the device registered under *target*; an expired one is forgotten here."""
        handset = self.handset(target)
        return handset.device if handset is not None else None

    def handset(self, target: str) -> Handset | None:
        """Give the state of the device registered under *target*."""
        handset = self.handsets.get(target)
        if handset is None or handset.is_online:
            return handset
        if handset.has_expired(self.now_ms()):
            self.unregister(target)
            return None
        return handset

    def register(self, device: Device) -> Handset:
        """Add *device*; one of the same target and platform goes on as it was, under new names."""
        now_ms, target = self.now_ms(), device.target.value
        handset = self.handset(target)
        if handset is not None and handset.device.platform == device.platform:
            handset.device = device
            handset.seen_at_ms = now_ms
        else:
            if handset is not None:
                handset.abandon(now_ms, self._accepted_count)
            handset = self._new_handset(device, now_ms)
        handset.note("registered", now_ms, self._accepted_count)
        self.changed(handset)
        return handset

    def move(self, handset: Handset, device: Device) -> Handset:
        """Let another *device* have the target: what waits comes to it, the screen is new."""
        moved = self._new_handset(device, self.now_ms())
        moved.pending, moved.held_until_ms = handset.pending, handset.held_until_ms
        moved.note("moved", moved.seen_at_ms, self._accepted_count)
        moved.is_online = False
        moved.connect(moved.seen_at_ms, self._accepted_count)
        self.changed(moved)
        return moved

    def unregister(self, target: str) -> Device | None:
        """Forget the device and its topics; the messages that it received stay listed."""
        handset = self.handsets.pop(target, None)
        if handset is None:
            return None
        self.subscriptions.forget(target)
        self.use.forget(target)
        handset.abandon(self.now_ms(), self._accepted_count)
        self.revision += 1
        self.removals.append((self.revision, target))
        self.arrivals.wake()
        return handset.device

    def set_online(self, handset: Handset, is_online: bool) -> None:
        """Connect or disconnect a device."""
        act = handset.connect if is_online else handset.disconnect
        act(self.now_ms(), self._accepted_count)
        self.changed(handset)

    def clear_tray(self, handset: Handset, seq: int | None) -> int:
        """Let the user wipe one notification away, or all; tell how many went."""
        count = handset.clear(seq, self.now_ms(), self._accepted_count)
        self.changed(handset)
        return count

    def remembers_removals_after(self, revision: int) -> bool:
        """Tell whether *removals* has every one since *revision*, which was this project's."""
        is_full = len(self.removals) == _REMOVALS_COUNT
        return revision <= self.revision and not (is_full and revision < self.removals[0][0])

    def settle(self) -> None:
        """Let go of what has expired by now: pending messages and idle registrations."""
        now_ms = self.now_ms()
        for target, handset in list(self.handsets.items()):
            if handset.is_online and not handset.pending.held:
                continue
            if handset.has_expired(now_ms):
                self.unregister(target)
            elif handset.settle(now_ms, self._accepted_count):
                self.changed(handset)

    def accept(
        self,
        device: Device,
        message: Message,
        name: str,
        *,
        now_ms: float,
        held_until_ms: float | None = None,
    ) -> None:
        """Record *message* for *device*, hand it over, and wake whoever waits for messages.

        With *held_until_ms* it is pending until that time, however connected the device is.
        """
        self._accepted_count = seq = self._accepted_count + 1
        accepted = Accepted(
            seq=seq, name=name, accepted_at_ms=now_ms, device=device, message=message
        )
        self._messages.append(accepted)
        if len(self._messages) > self.history_count:
            self._forget(self._messages.popleft())
        handset = self.handsets[device.target.value]
        if held_until_ms is not None and handset.held_until_ms != held_until_ms:
            loop = asyncio.get_running_loop()
            loop.call_later((held_until_ms - now_ms) / 1000 + _LATE_S, self.settle)
        handset.take(accepted, seq, held_until_ms)
        self.changed(handset)

    def messages(self, wanted: Wanted) -> list[Accepted]:
        """List what is *wanted*, oldest first."""
        return [a for a in self._newest_first(wanted.after) if wanted.includes(a)][::-1]

    async def wait(self, count: int, wanted: Wanted, *, timeout_s: float) -> list[Accepted]:
        """List what is *wanted* once there are *count*, or time runs out, or a reset comes."""
        found = self.messages(wanted)
        seen = max(self._accepted_count, wanted.after)
        try:
            async with asyncio.timeout(timeout_s):
                while len(found) < count and not self.is_closed:
                    await self.arrivals.next()
                    if wanted.is_delivered_only:  # an older message may have come through
                        found = self.messages(wanted)
                    else:
                        found += self.messages(replace(wanted, after=seen))
                        seen = max(self._accepted_count, wanted.after)
        except TimeoutError:
            pass
        return found

    def changed(self, handset: Handset) -> None:
        """Mark *handset* for those who watch, and wake them."""
        self.revision = handset.revision = self.revision + 1
        self.arrivals.wake()

    def close(self) -> None:
        """Let go of everybody who waits."""
        self.is_closed = True
        self.arrivals.wake()

    def _new_handset(self, device: Device, now_ms: float) -> Handset:
        history: deque[Event] = deque(maxlen=self.device_history_count)
        handset = Handset(device=device, history=history, seen_at_ms=now_ms)
        self.handsets[device.target.value] = handset
        return handset

    def _forget(self, oldest: Accepted) -> None:
        handset = self.handsets.get(oldest.device.target.value)
        if handset is not None:
            handset.forget(oldest.seq)

    def _newest_first(self, after: int) -> Iterator[Accepted]:
        for accepted in reversed(self._messages):
            if accepted.seq <= after:
                return
            yield accepted
