"""Print a story's steps as they hold or fail, with their times; remember whether all held."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Failed(Exception):
    """An expectation did not hold; the message says which, and what was there instead."""


class Narrator:
    """Tells each step of a story as it ends."""

    def __init__(self, console: Console) -> None:
        """Print to *console*."""
        self._console = console
        self.step_count = 0

    @contextmanager
    def step(self, claim: str) -> Iterator[None]:
        """Run one step; print *claim* with its time when it held.

        Raises:
            Failed: From the step itself, after printing that *claim* did not hold.

        """
        started = time.monotonic()
        try:
            yield
        except BaseException:
            self._line("[red]✗[/red]", claim, started)
            raise
        self.step_count += 1
        self._line("[green]✓[/green]", claim, started)

    def detail(self, text: str) -> None:
        """Print what a step saw."""
        self._console.print(f"             {text}", highlight=False, markup=False)

    def _line(self, mark: str, claim: str, started: float) -> None:
        elapsed_ms = (time.monotonic() - started) * 1000
        self._console.print(f"  {mark} {elapsed_ms:6.0f} ms  {claim}", highlight=False)


def expect(holds: bool, problem: str) -> None:
    """Hold an expectation of the story.

    Raises:
        Failed: It does not hold.

    """
    if not holds:
        raise Failed(problem)
