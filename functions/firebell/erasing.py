"""Erase a user: the tombstone first, then everything held, page by page, within a call's time.

What remains is an errand's: it goes on until nothing is left, and looks once more for what was
running when the erasure began. So a call that dies anywhere is finished by the sweep.
"""

from datetime import datetime, timedelta
from typing import Final

from firebell import log, membership
from firebell.core import erasure, parse, schema
from firebell.core import membership as core_membership
from firebell.core.fields import Fields
from firebell.core.holdings import HOLDINGS
from firebell.database import Stored
from firebell.services import Services

BUDGET: Final = timedelta(seconds=40)
"""Of a function's 60 s: what is left after it is the errand's."""
TOPICS_PAUSE: Final = timedelta(seconds=schema.TOPICS_LEAD_S)
"""Until an erasure looks again whether FCM has taken all targets out of their topics."""


def erase(uid: str, *, auth: bool, services: Services) -> bool:
    """Erase *uid*, who need not be known; return whether everything is gone.

    What is not is erased within minutes. Repeating it is harmless and goes on.

    Args:
        uid: Whom.
        auth: Whether the Firebase Auth user goes, too.
        services: What to erase with.

    Raises:
        Misconfigured: The functions may not delete Auth users; all else is gone.
        Unavailable: Firestore or Firebase Auth cannot serve now; the errand goes on.

    **Cost:** 11 reads, 4 writes and 1 delete for a user nobody knows; 1 delete more for each
    document, and 1 read for each beyond the first of a collection; topics as `membership.settle`.
    Then `finish`'s.

    """
    services.tombstones.begin(uid, auth=auth, now=services.clock())
    rest_after = _erase(uid, services, until=services.clock() + BUDGET)
    if rest_after is not None:
        _go_on(uid, services, at=services.clock() + rest_after)
    return rest_after is None


def finish(errand: Stored, services: Services) -> None:
    """Erase what is left of the errand's user, and end the errand when nothing is.

    Raises:
        InvalidRequest: The errand is none of ours, naming the field.
        Misconfigured: The functions may not delete Auth users.
        Unavailable: Firestore or Firebase Auth cannot serve now.

    **Cost:** 10 reads + 2 deletes when nothing is left, else as `erase`.

    """
    fields, now = Fields(errand.data, known=errand.data), services.clock()
    uid, began_at = parse.uid(fields.get("uid")), fields.time("beganAt")
    last_look_at = now if began_at is None else erasure.errand_due_at(began_at)
    rest_after = _erase(uid, services, until=now + BUDGET)
    if rest_after is not None:
        _go_on(uid, services, at=services.clock() + rest_after)
    elif now < last_look_at:
        _go_on(uid, services, at=last_look_at)
    else:
        services.outbox.remove(errand)


def _erase(uid: str, services: Services, *, until: datetime) -> timedelta | None:
    """Erase page after page *until* then; return how long the rest can wait, None without one.

    Without a tombstone there is nothing to do: its life ended, or the user was let back in.
    """
    while (tombstone := services.tombstones.read(uid)) is not None:
        if not _clear(uid, services, until=until):
            return timedelta(0)
        if not _leave_topics(uid, services):
            return TOPICS_PAUSE
        if tombstone.data.get("auth") is True:
            services.auth_users.delete(uid)
        if tombstone.data["state"] == erasure.ERASED or services.tombstones.finish(tombstone):
            break
    log.user_erased(uid)
    return None


def _clear(uid: str, services: Services, *, until: datetime) -> bool:
    for holding in HOLDINGS:
        if holding.fate != "deleted":
            continue
        while not services.holdings.clear(holding, uid):
            if services.clock() >= until:
                return False
    return True


def _leave_topics(uid: str, services: Services) -> bool:
    """Have FCM take the targets out of their topics; return whether their errand is over.

    One that was set aside, after days in which FCM would not listen, is deleted.
    """
    errand = services.outbox.read(core_membership.errand_id(uid))
    if errand is None:
        return True
    if "dueAt" not in errand.data:
        return services.outbox.remove(errand)
    membership.settle_now(uid, services)
    return services.outbox.read(errand.id) is None


def _go_on(uid: str, services: Services, *, at: datetime) -> None:
    """Have the errand run at that time."""
    errand_id, now = erasure.errand_id(uid), services.clock()
    services.outbox.leave_errand(errand_id, {"kind": erasure.KIND, "uid": uid}, due_at=at)
    services.queue.offer("outbox", errand_id, at=at, epoch=at.isoformat(), now=now)
