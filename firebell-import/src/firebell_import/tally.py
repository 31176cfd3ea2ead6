"""Counts what became of the rows of a source, and says so; never what addresses a device."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from firebell_import.upload import Answer

MOST_LISTED: Final = 20
"""Rows that are told one by one."""

_WORDS: Final = {
    "imported": "imported",
    "disabled": "imported as disabled: not active there, never sent to here",
    "known": "known to Firebell already, left as they are",
    "differs": "known to Firebell, but different there: nothing was changed",
    "erased": "of users whom Firebell has erased, left out",
    "refused": "refused by Firebell",
}


@dataclass(slots=True)
class Tally:
    """Counts of one source."""

    source: str
    results: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    @property
    def needs_a_look(self) -> bool:
        """Firebell refused something, or has it otherwise."""
        return bool(self.results["refused"] or self.results["differs"])

    def skip(self, reason: str) -> None:
        """Count a row that cannot be imported."""
        self.skipped[reason] += 1

    def answer(self, pk: str, answer: Answer) -> None:
        """Count what became of row *pk*."""
        self.results[answer.result] += 1
        if answer.result == "refused":
            self._tell(f"row {pk}: {answer.field}: {answer.problem}")
        if answer.result == "differs":
            self._tell(f"row {pk}: {' and '.join(answer.differs)} differs")

    def report(self) -> Iterator[str]:
        """Yield what there is to say, line by line."""
        total = self.results.total() + self.skipped.total()
        yield f"{self.source}: {total} rows"
        for result, count in self.results.most_common():
            yield f"  {count:>8} {_WORDS.get(result, result)}"
        for reason, count in self.skipped.most_common():
            yield f"  {count:>8} not sent: {reason}"
        yield from (f"  {line}" for line in self.told)

    def _tell(self, line: str) -> None:
        if len(self.told) < MOST_LISTED:
            self.told.append(line)
        elif len(self.told) == MOST_LISTED:
            self.told.append("and more, which are not told one by one")
