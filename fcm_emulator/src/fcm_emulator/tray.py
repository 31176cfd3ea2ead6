"""The notifications that a device has on its screen, and the number on its app's icon."""

from collections.abc import Hashable
from dataclasses import dataclass, field

from fcm_emulator import display
from fcm_emulator.device import Accepted
from fcm_emulator.lifetime import header
from fcm_emulator.payload import android_notification
from fcm_emulator.schema import AndroidNotificationV2, Message

# Android shows fifty of one app; here it holds for every platform, and the oldest gives way.
MAX_TRAY_COUNT = 50


@dataclass(slots=True)
class Tray:
    """One device's notifications, oldest first; a tag holds one place."""

    _entries: dict[Hashable, Accepted] = field(default_factory=dict)
    _apple_badge: int | None = None

    def take(self, accepted: Accepted) -> None:
        """Show *accepted*, in place of what it replaces, or nothing if it has nothing to show."""
        device, message = accepted.device, accepted.message
        if device.platform == "ios":
            self._set_badge(message)
        if not display.is_shown(message, device.platform, device.worker_data_key):
            return
        key = _key(accepted)
        self._entries.pop(key, None)
        self._entries[key] = accepted
        if len(self._entries) > MAX_TRAY_COUNT:
            del self._entries[next(iter(self._entries))]

    @property
    def entries(self) -> list[Accepted]:
        """What is shown, oldest first."""
        return list(self._entries.values())

    @property
    def badge(self) -> int | None:
        """The number on the icon; None where there is none.

        Apple's is what the last message said, Android's counts what is shown, browsers have none.
        """
        if self._apple_badge is not None:
            return self._apple_badge or None
        counts = [_count(accepted) for accepted in self._entries.values()]
        return sum(counts) or None

    def clear(self, seq: int | None = None) -> list[Accepted]:
        """Let the user wipe away one notification, by its message's seq, or all; give which."""
        gone = {
            key: accepted for key, accepted in self._entries.items() if seq in (None, accepted.seq)
        }
        for key in gone:
            del self._entries[key]
        return list(gone.values())

    def forget(self, seq: int) -> None:
        """Drop what messages up to *seq* brought: the project no longer remembers them."""
        while self._entries:
            key, accepted = next(iter(self._entries.items()))
            if accepted.seq > seq:
                return
            del self._entries[key]

    def _set_badge(self, message: Message) -> None:
        payload = message.apns.payload if message.apns is not None else None
        aps = payload.get("aps") if payload else None
        badge = aps.get("badge") if isinstance(aps, dict) else None
        if isinstance(badge, int) and not isinstance(badge, bool) and badge >= 0:
            self._apple_badge = badge


def _key(accepted: Accepted) -> Hashable:
    message, device = accepted.message, accepted.device
    tag: Hashable
    if device.platform == "android":
        own = android_notification(message)
        if own is None:
            return accepted.seq
        number = own.id if isinstance(own, AndroidNotificationV2) else None
        tag = (own.tag, number) if own.tag or number is not None else None
    elif device.platform == "ios":
        tag = header(message.apns.headers, "apns-collapse-id") if message.apns is not None else None
    else:
        shown = display.resolve(message, "web", device.worker_data_key)
        tag = shown.tag if shown is not None else None
    return tag or accepted.seq


def _count(accepted: Accepted) -> int:
    if accepted.device.platform != "android":
        return 0
    own = android_notification(accepted.message)
    return (own.notification_count if own is not None else None) or 1
