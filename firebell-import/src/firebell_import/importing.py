"""Brings the rows of a source over: in calls, in order, noting how far it came."""

import hashlib
from collections.abc import Iterator

from firebell_import.pace import Pace
from firebell_import.progress import Progress
from firebell_import.sources import Row, Source
from firebell_import.tally import Tally
from firebell_import.upload import Upload

MOST_ROWS = 5_000
"""Rows between two notes of how far an import came, where few can be sent."""
CAN_BE_SENT = "can be imported"
TWICE = "can be imported, but its registration token came before: the first row counts"


def look(source: Source, seen: set[bytes]) -> Tally:
    """Count what of *source* could be imported; *seen* collects what came, over all sources."""
    tally = Tally(source.name)
    for row in source.rows():
        if isinstance(row.line, str):
            tally.skip(row.line)
            continue
        key = hashlib.sha256(row.target.encode(errors="replace")).digest()[:16]
        tally.results[TWICE if key in seen else CAN_BE_SENT] += 1
        seen.add(key)
    return tally


def bring(source: Source, upload: Upload, pace: Pace, progress: Progress) -> Iterator[Tally]:
    """Import *source* from where it was left, and yield the counts after each call.

    Raises:
        Stopped: The rest could not be sent; *progress* says where to go on.

    """
    tally = Tally(source.name)
    rows = source.rows(after=progress.last(source.name))
    while batch := _batch(rows, pace.lines()):
        sendable = [(row.pk, row.line) for row in batch if isinstance(row.line, bytes)]
        answers = upload.send([line for _, line in sendable])
        for (pk, _), answer in zip(sendable, answers, strict=True):
            tally.answer(pk, answer)
        for row in batch:
            if isinstance(row.line, str):
                tally.skip(row.line)
        progress.note(source.name, batch[-1].pk)
        yield tally


def _batch(rows: Iterator[Row], most: int) -> list[Row]:
    """Take rows until *most* of them can be sent."""
    found: list[Row] = []
    left = most
    for row in rows:
        found.append(row)
        left -= isinstance(row.line, bytes)
        if not left or len(found) == MOST_ROWS:
            break
    return found
