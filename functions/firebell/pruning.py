"""Remove devices that nobody has seen for most of a year: FCM has forgotten them, too."""

from datetime import timedelta
from functools import partial

from firebell import log
from firebell.core import roster
from firebell.services import Services

PRUNE_LIMIT = timedelta(seconds=480)
"""Of the function's 540 s: what is left is found again on the next day."""


def prune(services: Services) -> None:
    """Remove every device that was not seen for `remove_days` days, from the longest unseen on.

    A run that is repeated, or meets another one, finds what is left; a device that is seen
    meanwhile stays.

    Raises:
        Unavailable: Firestore cannot serve now; the next day's run does it.

    **Cost:** 1 read for each recipient with such a device, and 1 at the end; then as
    `Recipients.revise`: 1 write, and 1 delete for each device (2 for a legacy token); 1 write
    more if one of them was in topics.

    """
    started = services.clock()
    remove = partial(roster.prune, now=started, days=services.remove_days)
    day = roster.seen_before(started, days=services.remove_days)
    removed = 0
    page = services.devices.unseen(day)
    while page:
        for found in page:
            if services.clock() - started > PRUNE_LIMIT:
                log.devices_pruned(removed, finished=False)
                return
            revision = services.devices.revise(found.id, found, remove, tells_topics=True)
            removed += len(revision.removed)
        page = services.devices.unseen(day, after=page[-1])
    log.devices_pruned(removed, finished=True)
