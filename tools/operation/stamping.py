"""Give notifications that were in inboxes before Firebell the fields that its queries ask for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

from google.api_core import exceptions

from firebell.core import schema
from firebell.database import PATIENCE, translated
from firebell_import.pace import Pace
from tools.operation.desk import Desk

WORKERS = 8
"""Documents written side by side."""
TOLD_EVERY = 10_000
"""Documents between two words of how far it is."""


def stamp(desk: Desk, *, dry_run: bool, after: str | None, pace: Pace) -> None:
    """Set `createdAt`, `readAt` and `archivedAt` in inbox documents where they are absent.

    `createdAt` becomes the time when Firestore created the document; the others become null. What
    is there stays, and nothing is sent: only a `readAt` or `archivedAt` that turns from null to a
    time has a consequence.

    Args:
        desk: Where.
        dry_run: Count only.
        after: Path of the document behind which to begin.
        pace: Holds writes to what Firestore takes.

    **Cost:** 1 read for each document of all inboxes, 1 write for each that lacks something; 1 read
    more for one that changed meanwhile.

    """
    seen = stamped = told = 0
    last = after
    try:
        while page := desk.inbox_page(last):
            incomplete = [found for found in page if _absent(found)]
            if not dry_run:
                pace.wait()
                stamped += _stamp_all(desk, incomplete)
                pace.wrote(len(incomplete))
            else:
                stamped += len(incomplete)
            seen, last = seen + len(page), page[-1].reference.path
            if seen - told >= TOLD_EVERY:
                told = seen
                print(f"{seen} seen so far, the last one {last}", flush=True)
    except BaseException:
        if last is not None:
            print(f"It came as far as {last}: go on with --after '{last}'.")
        raise
    print(f"{seen} notifications seen, {stamped} {'would be stamped' if dry_run else 'stamped'}")


def _stamp_all(desk: Desk, found: list[Any]) -> int:
    with ThreadPoolExecutor(WORKERS) as pool:
        return sum(pool.map(partial(_stamp, desk), found))


@translated
def _stamp(desk: Desk, found: Any) -> bool:
    """Stamp one document; return whether there was something to stamp."""
    while found.exists and (absent := _absent(found)):
        option = desk.client.write_option(last_update_time=found.update_time)
        try:
            found.reference.update(absent, option=option, **PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            found = found.reference.get(**PATIENCE)
        else:
            return True
    return False


def _absent(found: Any) -> dict[str, Any]:
    created_at = found.create_time
    if not isinstance(created_at, datetime):  # google-cloud-firestore 2.34, in such queries
        created_at = created_at.ToDatetime(UTC)
    fields = {**dict.fromkeys(schema.STAMPED_FIELDS), "createdAt": created_at}
    data = found.to_dict()
    return {name: value for name, value in fields.items() if name not in data}
