"""Import devices line by line: different users side by side, the lines of one user in order."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from firebell import log
from firebell.core import importing, schema
from firebell.core.importing import Answer, Entry
from firebell.errors import InvalidRequest, Unavailable
from firebell.services import Services

BUDGET = timedelta(seconds=30)
"""How long a call begins new lines; the function has 60 s, and a line may wait for Firestore."""
WORKERS = 8
"""Users imported side by side by one call."""


def import_devices(
    lines: Sequence[tuple[int, bytes | None]], services: Services, *, compares: bool
) -> Iterator[dict[str, Any]]:
    """Import *lines* and yield what became of each, in their order.

    Lines that time does not suffice for, or that Firestore does not serve, are answered
    `notReached`: the same line may be sent again. A line that was imported before is `known`.

    Args:
        lines: Each with its number; None stands for one that is too long to be read.
        services: What to work with.
        compares: Say of devices known here what is otherwise than in the line.

    **Cost:** per line, see `ImportStore.admit`; nothing for a line that is refused.

    """
    start = services.clock()
    entries = {number: _entry(text, now=start) for number, text in lines}
    users: dict[str, dict[int, Entry]] = {}
    for number, found in entries.items():
        if isinstance(found, Entry):
            users.setdefault(found.uid, {})[number] = found
    work = partial(_admit_all, services=services, until=start + BUDGET, compares=compares)
    pool = ThreadPoolExecutor(WORKERS)
    results: list[str] = []
    try:
        answers = {uid: pool.submit(work, own) for uid, own in users.items()}
        for number, found in entries.items():
            answer = answers[found.uid].result()[number] if isinstance(found, Entry) else found
            results.append(answer.result)
            yield importing.document(number, answer)
    finally:
        pool.shutdown(cancel_futures=True)
        log.devices_imported(results)


def _entry(text: bytes | None, *, now: datetime) -> Entry | Answer:
    if text is None:
        problem = f"is longer than {schema.MAX_IMPORT_LINE_BYTES} bytes"
        return Answer(result="refused", field="line", problem=problem)
    try:
        return importing.entry(text, now=now)
    except InvalidRequest as error:
        return Answer(result="refused", field=error.field, problem=error.problem)


def _admit_all(
    own: Mapping[int, Entry], *, services: Services, until: datetime, compares: bool
) -> dict[int, Answer]:
    """Admit the lines of one user in their order, and return their answers by number."""
    return {
        number: _admit(wanted, services, until=until, compares=compares)
        for number, wanted in own.items()
    }


def _admit(wanted: Entry, services: Services, *, until: datetime, compares: bool) -> Answer:
    if services.clock() >= until:
        return Answer(result="notReached", problem="time did not suffice, send it again")
    try:
        return services.imports.admit(wanted, compares=compares)
    except Unavailable as error:
        return Answer(result="notReached", problem=str(error))
    except InvalidRequest as error:
        return Answer(result="refused", field="line", problem=error.problem)
