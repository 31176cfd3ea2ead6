"""All state of the emulator, per project: devices, messages, scripted faults, and who waits.

In memory and for one event loop only; nothing here knows HTTP, and the clock is passed in.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from fcm_emulator.schema import Message
from fcm_emulator.targets import Platform, Target

# Per project; older messages are forgotten so that memory stays flat in long runs.
DEFAULT_HISTORY_COUNT = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A simulated app installation."""

    target: Target
    platform: Platform
    label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message as FCM took it, and the device as it was then; *seq* counts from 1 per project."""

    seq: int
    name: str
    accepted_at_ms: float
    device: Device
    message: Message


@dataclass(slots=True, kw_only=True)
class Fault:
    """A reply to give instead of accepting, *remaining* times or (None) always."""

    error: str
    target: str | None
    remaining: int | None
    retry_after_s: int | None


@dataclass(slots=True)
class Project:
    """One project's devices, messages and faults, apart from every other project's."""

    history_count: int
    is_closed: bool = False
    devices: dict[str, Device] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _messages: deque[Accepted] = field(default_factory=deque)
    _accepted_count: int = 0
    _waiting: set[asyncio.Future[None]] = field(default_factory=set)

    def register(self, device: Device) -> None:
        """Add *device*, in place of an earlier one with the same target."""
        self.devices[device.target.value] = device

    def unregister(self, target: str) -> Device | None:
        """Forget the device; what it received stays."""
        return self.devices.pop(target, None)

    def take_fault(self, target: str) -> Fault | None:
        """Find the first fault that concerns *target* and use it up by one."""
        for fault in self.faults:
            if fault.target is None or fault.target == target:
                if fault.remaining is not None:
                    fault.remaining -= 1
                    if fault.remaining == 0:
                        self.faults.remove(fault)
                return fault
        return None

    def accept(self, device: Device, message: Message, name: str, *, now_ms: float) -> None:
        """Record *message* for *device* and wake whoever waits for messages."""
        self._accepted_count += 1
        accepted = Accepted(
            seq=self._accepted_count,
            name=name,
            accepted_at_ms=now_ms,
            device=device,
            message=message,
        )
        self._messages.append(accepted)
        if len(self._messages) > self.history_count:
            self._messages.popleft()
        self._wake()

    def messages(self, *, target: str | None = None, after: int = 0) -> list[Accepted]:
        """List messages with a higher seq than *after*, oldest first."""
        found = [
            accepted
            for accepted in self._newest_first(after)
            if target is None or accepted.device.target.value == target
        ]
        return found[::-1]

    async def wait(
        self, count: int, *, target: str | None, after: int, timeout_s: float
    ) -> list[Accepted]:
        """List messages once there are *count*, or time runs out, or the project is reset."""
        found = self.messages(target=target, after=after)
        seen = max(self._accepted_count, after)
        try:
            async with asyncio.timeout(timeout_s):
                while len(found) < count and not self.is_closed:
                    await self._arrival()
                    found += self.messages(target=target, after=seen)
                    seen = max(self._accepted_count, after)
        except TimeoutError:
            pass
        return found

    def close(self) -> None:
        """Let go of everybody who waits."""
        self.is_closed = True
        self._wake()

    def _newest_first(self, after: int) -> Iterator[Accepted]:
        for accepted in reversed(self._messages):
            if accepted.seq <= after:
                return
            yield accepted

    async def _arrival(self) -> None:
        arrival = asyncio.get_running_loop().create_future()
        self._waiting.add(arrival)
        try:
            await arrival
        finally:
            self._waiting.discard(arrival)

    def _wake(self) -> None:
        for arrival in self._waiting:
            if not arrival.done():
                arrival.set_result(None)


@dataclass(slots=True)
class Ledger:
    """The projects, and the ids of messages, which are unique over all of them."""

    history_count: int = DEFAULT_HISTORY_COUNT
    clock_ns: Callable[[], int] = time.time_ns
    _projects: dict[str, Project] = field(default_factory=dict)
    _last_id_us: int = 0

    def project(self, project_id: str) -> Project:
        """Give the project of that id, empty if nobody named it before."""
        if project_id not in self._projects:
            self._projects[project_id] = Project(self.history_count)
        return self._projects[project_id]

    def new_message_id(self, now_ns: int) -> str:
        """Make an id as FCM's look: microseconds, a percent sign, sixteen hex digits."""
        self._last_id_us = max(self._last_id_us + 1, now_ns // 1000)
        return f"0:{self._last_id_us}%{secrets.token_hex(4) * 2}"

    def reset(self, project_id: str) -> None:
        """Forget everything of one project; its numbering starts again."""
        project = self._projects.pop(project_id, None)
        if project is not None:
            project.close()

    def close(self) -> None:
        """Let go of everybody who waits, so that the server can stop."""
        for project in self._projects.values():
            project.close()
