"""FCM's quotas and throttles: how many messages a project sends and a device gets, and when.

Numbers and counting alone, flat in memory: two windows and one bucket per device that was sent to.
What is answered when a limit is met stands in `errors`; the clock is passed in.
"""

from dataclasses import dataclass, field

_SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * _SECOND_NS
_HOUR_NS = 60 * MINUTE_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a project, by default Google's (FCM documentation, "Throttling and quotas").

    None means no limit.
    """

    messages_per_minute: int | None = 600_000
    android_messages_per_minute: int | None = 240
    android_messages_per_hour: int | None = 5_000
    collapsible_burst: int | None = 20
    collapsible_refill_s: int = 180
    topic_changes_per_second: int | None = 3_000


@dataclass(slots=True)
class Window:
    """Counts within a span that begins with its first event, not with the clock's minute."""

    length_ns: int
    _ends_at_ns: int = 0
    _count: int = 0

    def is_full(self, limit: int | None, now_ns: int) -> bool:
        """Tell whether one more would be over *limit*."""
        if now_ns >= self._ends_at_ns:
            self._ends_at_ns = now_ns + self.length_ns
            self._count = 0
        return limit is not None and self._count >= limit

    def count(self) -> None:
        """Count one event in the span that `is_full` was last asked about."""
        self._count += 1

    def uncount(self) -> None:
        """Take the last event back."""
        self._count = max(self._count - 1, 0)

    def left_s(self, now_ns: int) -> int:
        """Tell in how many whole seconds, rounded up, the span ends."""
        return max(-((now_ns - self._ends_at_ns) // _SECOND_NS), 1)


@dataclass(slots=True)
class Bucket:
    """Permits that come back one by one; who finds none shares the next with all who wait."""

    _permits: float | None = None
    _counted_at_ns: int = 0
    _next_at_ns: int = 0

    def take(self, limits: Limits, now_ns: int) -> int | None:
        """Take a permit.

        Returns:
            None if there was one, else when the next comes: later messages of the same wait
            collapse into one, so they take no permit of their own.

        """
        if limits.collapsible_burst is None:
            return None
        if now_ns < self._next_at_ns:
            return self._next_at_ns
        refill_ns = limits.collapsible_refill_s * _SECOND_NS
        self._refill(limits.collapsible_burst, refill_ns, now_ns)
        assert self._permits is not None  # noqa: S101 - _refill has just set it
        missing = 1 - self._permits
        self._permits -= 1
        if missing <= 0:
            return None
        self._next_at_ns = now_ns + round(missing * refill_ns)
        return self._next_at_ns

    def _refill(self, burst: int, refill_ns: int, now_ns: int) -> None:
        if self._permits is None:
            self._permits = float(burst)
        else:
            came = (now_ns - self._counted_at_ns) / refill_ns if refill_ns else burst
            self._permits = min(self._permits + came, float(burst))
        self._counted_at_ns = now_ns


@dataclass(slots=True)
class _DeviceUse:
    minute: Window = field(default_factory=lambda: Window(MINUTE_NS))
    hour: Window = field(default_factory=lambda: Window(_HOUR_NS))
    collapsible: Bucket = field(default_factory=Bucket)


@dataclass(slots=True)
class Use:
    """What of its limits a project has used."""

    limits: Limits
    project: Window = field(default_factory=lambda: Window(MINUTE_NS))
    topic_changes: Window = field(default_factory=lambda: Window(_SECOND_NS))
    _devices: dict[str, _DeviceUse] = field(default_factory=dict)

    def take_for_android(self, target: str, now_ns: int) -> bool:
        """Count a message to an Android device; False, and nothing counted, if it is too many."""
        use = self._device(target)
        if use.minute.is_full(self.limits.android_messages_per_minute, now_ns):
            return False
        if use.hour.is_full(self.limits.android_messages_per_hour, now_ns):
            return False
        use.minute.count()
        use.hour.count()
        return True

    def take_collapsible(self, target: str, now_ns: int) -> int | None:
        """Take what a collapsible message needs; tell until when it is held back, if it is."""
        return self._device(target).collapsible.take(self.limits, now_ns)

    def forget(self, target: str) -> None:
        """Drop the counts of a device that is gone."""
        self._devices.pop(target, None)

    def _device(self, target: str) -> _DeviceUse:
        use = self._devices.get(target)
        if use is None:
            use = self._devices[target] = _DeviceUse()
        return use
