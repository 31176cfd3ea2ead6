"""Limits how often a caller calls: each instance serves from blocks of permits that it leased."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

from firebell import log
from firebell.core import permits
from firebell.core.model import Counter
from firebell.counters import Counters
from firebell.errors import LimitReached, Unavailable


@dataclass(slots=True)
class _Lease:
    """What an instance has of one caller's permits in one window."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    left: int = 0
    is_used_up: bool = False


class Permits:
    """Permits to call, `limit` a minute for each caller. Thread-safe.

    It fails open: while Firestore cannot serve, an instance gives itself blocks that nobody counts,
    as a limiter must not take the API down.
    """

    def __init__(self, counters: Counters, limit: int) -> None:
        """Count in *counters*; a *limit* of 0 is none."""
        self._counters = counters
        self._limit = limit
        self._lock = threading.Lock()
        self._ends_at: datetime | None = None
        self._leases: dict[str, _Lease] = {}

    def take(self, key: str, *, uid: str | None, now: datetime) -> None:
        """Take one permit of the caller *key*, who is the user *uid*, or no user.

        Raises:
            LimitReached: There is none left before the minute is over.

        **Cost:** 1 write for each block, a twentieth of the limit.

        """
        if not self._limit:
            return
        window = permits.window(key, now=now)
        lease = self._lease(window)
        with lease.lock:
            if not lease.left and not lease.is_used_up:
                lease.left = self._block(window, uid)
                lease.is_used_up = not lease.left
            if not lease.left:
                wait_s = permits.wait_s(window, now=now)
                raise LimitReached(f"{self._limit} requests a minute", wait_s)
            lease.left -= 1

    def _lease(self, window: Counter) -> _Lease:
        with self._lock:
            if self._ends_at is None or window.expire_at > self._ends_at:
                self._leases.clear()
                self._ends_at = window.expire_at
            return self._leases.setdefault(window.id, _Lease())

    def _block(self, window: Counter, uid: str | None) -> int:
        block = permits.block_of(self._limit)
        try:
            leased = self._counters.increment(
                window.id, expire_at=window.expire_at, amount=block, uid=uid
            )
        except Unavailable:
            log.calls_uncounted(block)
            return block
        return permits.within(self._limit, leased=leased)
