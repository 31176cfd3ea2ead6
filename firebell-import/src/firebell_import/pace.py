"""Keeps to the pace at which Firestore warms up to a new load.

At most 500 operations a second to a collection at first, half as many again every five minutes
(firebase.google.com/docs/firestore/best-practices, "Ramping up traffic").
"""

import time
from collections.abc import Callable
from typing import Final

FIRST_RATE: Final = 500.0
"""Writes a second to begin with."""
GROWTH: Final = 1.5
STEP_S: Final = 300.0
MOST_STEPS: Final = 24
"""Two hours' growth, to 8 million writes a second: from there on nothing is held back."""
WRITES_PER_LINE: Final = 3
"""Writes that importing a device takes: its user, and twice whose it is."""
MAX_LINES: Final = 500
"""Lines that Firebell takes in one call."""


class Pace:
    """Says how much may be sent, and waits until more may be."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Begin at the first call of `wait`; *clock* counts seconds and *sleep* waits for some."""
        self._clock = clock
        self._sleep = sleep
        self._start: float | None = None
        self._free_at = 0.0

    def lines(self) -> int:
        """Return how many lines a call may have: what they write is at most a second's worth."""
        return max(1, min(MAX_LINES, int(self._rate() / WRITES_PER_LINE)))

    def wait(self) -> None:
        """Wait until another call may begin."""
        now = self._clock()
        if self._start is None:
            self._start = now
        if self._free_at > now:
            self._sleep(self._free_at - now)
        self._free_at = self._clock()

    def wrote(self, writes: int) -> None:
        """Count what the call that `wait` let begin has written."""
        self._free_at += writes / self._rate()

    def _rate(self) -> float:
        age_s = 0.0 if self._start is None else self._clock() - self._start
        steps = min(int(age_s / STEP_S), MOST_STEPS)
        return FIRST_RATE * GROWTH**steps
