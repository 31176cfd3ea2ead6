"""The client's calls for devices: what they are, where they are, what they show."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fcm_emulator.calling import Caller, target_part
from fcm_emulator.happening import Happening
from fcm_emulator.targets import Platform, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class OnScreen:
    """A notification as a device shows it; what its message left out is None or empty.

    *tag* is whatever replaces an earlier one on that platform, *seq* its message's number.
    """

    seq: int
    name: str
    at_ms: float
    priority: str
    title: str | None
    body: str | None
    image: str | None
    icon: str | None
    tag: str | None
    category: str | None
    link: str | None
    actions: tuple[Mapping[str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tray:
    """What a device shows, newest first, and the number on its app's icon."""

    badge: int | None
    notifications: tuple[OnScreen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something that happened on a device; *seq*, *name* and *message* if it was to a message."""

    event: Happening
    at_ms: float
    seq: int | None
    name: str | None
    message: Mapping[str, Any] | None


class DeviceCalls(Caller):
    """What can be done with simulated devices.

    Every method raises `CallFailed` with the emulator's reason, or `OSError` if nobody answers.
    """

    __slots__ = ()

    def register_device(
        self,
        target: Target,
        platform: Platform,
        *,
        label: str | None = None,
        worker_data_key: str | None = None,
    ) -> None:
        """Bring a device into being, online, or change the one with that target.

        Args:
            target: Its address; see `targets.new_fid`.
            platform: What it runs.
            label: What people call it.
            worker_data_key: Of a web device: its own service worker shows what a data-only message
                has as JSON under this key of its data.

        """
        worker = {"dataKey": worker_data_key} if worker_data_key is not None else None
        call = {"target": target_part(target), "platform": platform, "label": label}
        self.call("POST", "/devices", {**call, "worker": worker})

    def unregister(self, target: Target) -> None:
        """Remove a device, as if its app had been uninstalled."""
        self._act("unregister", target)

    def expire(self, target: Target) -> None:
        """Let FCM give up on a device, as after 270 idle days."""
        self._act("expire", target)

    def go_offline(self, target: Target) -> None:
        """Take a device off the network: messages for it are pending."""
        self._act("disconnect", target)

    def go_online(self, target: Target) -> None:
        """Bring a device back: it gets what is pending."""
        self._act("connect", target)

    def move(self, target: Target, *, label: str | None = None) -> None:
        """Let another device of that platform have the target; its screen is empty."""
        self._act("move", target, label=label)

    def tray(self, target: Target) -> Tray:
        """Tell what a device shows."""
        answer = self.call("GET", f"{_path(target)}/tray")
        entries = [
            OnScreen(
                **{
                    _SNAKE.get(name, name): value
                    for name, value in entry.items()
                    if name != "actions"
                },
                actions=tuple(entry["actions"]),
            )
            for entry in answer["notifications"]
        ]
        return Tray(badge=answer["badge"], notifications=tuple(entries))

    def clear_tray(self, target: Target, *, seq: int | None = None) -> None:
        """Wipe everything off a device's screen, or the notification of message *seq*."""
        query = "" if seq is None else f"?seq={seq}"
        self.call("DELETE", f"{_path(target)}/tray{query}")

    def history(self, target: Target) -> list[Happened]:
        """List what happened on a device, oldest first."""
        events = self.call("GET", f"{_path(target)}/history")["events"]
        return [
            Happened(**{_SNAKE.get(name, name): value for name, value in event.items()})
            for event in events
        ]

    def advance_clock(self, seconds: float) -> None:
        """Let the project's time pass at once: pending messages and idle devices expire."""
        self.call("POST", "/clock:advance", {"seconds": seconds})

    def _act(self, action: str, target: Target, **more: str | None) -> None:
        self.call("POST", f"/devices:{action}", {"target": target_part(target), **more})


_SNAKE = {"atMs": "at_ms"}


def _path(target: Target) -> str:
    return f"/devices/{quote(target.value, safe='')}"
