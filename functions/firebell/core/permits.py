"""How often one caller may call: windows of a minute, and blocks of permits that instances lease.

An instance counts a whole block at once and serves from it, so that instances agree without a write
per call. Nobody gets more than the limit in a window. With n instances at work, a caller may be
refused up to (n - 1) x (block - 1) calls early: what the others leased and did not use.
"""

import hashlib
import json
import math
from datetime import UTC, datetime
from typing import Final

from firebell.core.model import Counter

WINDOW_S: Final = 60
"""Seconds of a window; all begin at whole minutes of UTC, the same for every instance."""

BLOCKS: Final = 20
"""Blocks that a limit is cut into: each further instance costs a caller at most a twentieth."""


def window(key: str, *, now: datetime) -> Counter:
    """Return what counts the permits of the caller *key* in the window of *now*."""
    begins_s = int(now.timestamp()) // WINDOW_S * WINDOW_S
    subject = json.dumps(["calls", key, begins_s])
    return Counter(
        id=hashlib.sha256(subject.encode()).hexdigest(),
        expire_at=datetime.fromtimestamp(begins_s + WINDOW_S, UTC),
    )


def block_of(limit: int) -> int:
    """Return how many permits are leased at once where *limit*, at least 1, are there in all."""
    return max(1, limit // BLOCKS)


def within(limit: int, *, leased: int) -> int:
    """Return how many permits of the block that made it *leased* in all are within *limit*."""
    block = block_of(limit)
    return max(0, min(block, limit - (leased - block)))


def wait_s(window: Counter, *, now: datetime) -> int:
    """Return the whole seconds until *window* is over, at least 1."""
    return max(1, math.ceil((window.expire_at - now).total_seconds()))
