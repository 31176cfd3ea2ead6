"""Have failed deliveries sent again."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from firebell.core import lifecycle, parse, templates
from firebell.core.deliveries import Delivery, State
from firebell.core.model import Notification
from firebell.database import Stored
from firebell.errors import InvalidRequest
from firebell.store import DUE_LIMIT
from tools.operation.desk import Desk

MOST_LISTED = 20
"""Skipped deliveries that are printed one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries an operator wants sent again."""

    states: tuple[State, ...]
    uid: str | None
    since: datetime | None
    limit: int | None
    dry_run: bool


def redrive(desk: Desk, wanted: Wanted) -> None:
    """Make due again what *wanted* names and can be sent, and print what became of it.

    **Cost:** 1 read for each delivery in the states, 1 more for each that is tried, 1 for each
    template, 1 write for each that is redriven.
    """
    skipped: Counter[str] = Counter()
    redriven = 0
    for delivery, version in _candidates(desk, wanted):
        if redriven == wanted.limit:
            break
        problem = _redrive(desk, delivery, version, dry_run=wanted.dry_run)
        if problem is None:
            redriven += 1
            continue
        skipped[problem] += 1
        if skipped.total() <= MOST_LISTED:
            print(f"skipped {delivery.id} of {delivery.uid}: {problem}")
    verb = "would be redriven" if wanted.dry_run else "redriven"
    print(f"{redriven} {verb}, {skipped.total()} skipped")
    for problem, count in skipped.most_common():
        print(f"  {count} skipped: {problem}")
    if redriven and not wanted.dry_run:
        print(f"They are due now; the sweep hands {DUE_LIMIT} a minute to the queue.")
        if desk.reference.runtime(desk.now).sending_paused:
            print("But sending is PAUSED: they wait for `tools/operate resume`.")


def _candidates(desk: Desk, wanted: Wanted) -> Iterator[tuple[Delivery, datetime]]:
    for state in wanted.states:
        for delivery, version in desk.in_state(state, wanted.uid):
            is_recent = wanted.since is None or delivery.created_at >= wanted.since
            # Most that are done reached everybody: no word about them.
            is_complete = state is State.DONE and lifecycle.redrive(delivery, now=desk.now) is None
            if is_recent and not is_complete:
                yield delivery, version


def _redrive(desk: Desk, delivery: Delivery, version: datetime, *, dry_run: bool) -> str | None:
    """Make *delivery* due again; return why not, where it cannot be sent."""
    redriven = lifecycle.redrive(delivery, now=desk.now)
    if redriven is None:
        return "no device of it failed or was given up"
    document = _document(desk, delivery)
    if document is None:
        return "its notification is gone"
    try:
        deadline = lifecycle.deadline(redriven, _notification(desk, delivery, document))
    except InvalidRequest as error:
        return f"its notification is not valid: {error.field}"
    if deadline <= desk.now:
        return "its own life is over (ttlSeconds, expireAt)"
    if not dry_run and desk.store.update_delivery(redriven, version) is None:
        return "somebody else changed it meanwhile"
    return None


def _document(desk: Desk, delivery: Delivery) -> Stored | None:
    if delivery.source == "inbox":
        return desk.store.read_inbox(delivery.uid, delivery.notification_id)
    return desk.outbox.read(delivery.notification_id)


def _notification(desk: Desk, delivery: Delivery, document: Stored) -> Notification:
    """Read *document*, completed from its template: the end of the push's life may stand there."""
    name, content = templates.named(document.data), document.data
    if name is not None:
        content = templates.fill(content, desk.reference.template(name, desk.now), name)
    if delivery.source == "inbox":
        return parse.inbox_notification(document.id, content)
    return parse.outbox_item(document.id, content).notification
