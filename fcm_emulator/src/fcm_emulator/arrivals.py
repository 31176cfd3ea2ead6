"""Whoever waits for something to happen in a project, and waking them all when it does."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Arrivals:
    """The waiters of one event loop."""

    _waiting: set[asyncio.Future[None]] = field(default_factory=set)

    async def next(self) -> None:
        """Wait for the next `wake`."""
        arrival = asyncio.get_running_loop().create_future()
        self._waiting.add(arrival)
        try:
            await arrival
        finally:
            self._waiting.discard(arrival)

    def wake(self) -> None:
        """Let everybody look again."""
        for arrival in self._waiting:
            if not arrival.done():
                arrival.set_result(None)
