"""The stop switch, and how things stand."""

from firebell.core import roster, schema
from firebell.core.deliveries import State
from firebell.recipients import unseen_query
from firebell.reference import RUNTIME_LIFE
from firebell.store import DUE_LIMIT, due_query
from tools.operation.desk import MOST_COUNTED, Desk, state_query

FOLLOW_S = int(RUNTIME_LIFE.total_seconds())
LOOK_MIN = schema.PAUSE_LOOK_S // 60


def pause(desk: Desk) -> None:
    """Stop all sending. **Cost:** 1 write."""
    desk.set_paused(paused=True)
    print(f"Sending is paused. Instances that run follow within {FOLLOW_S} seconds.")
    print("Nothing is lost: inboxes fill as before, pushes wait. One whose own ttlSeconds or")
    print("expireAt passes meanwhile is not sent late. `tools/operate resume` goes on.")


def resume(desk: Desk) -> None:
    """Let sending go on, and say what waits. **Cost:** 1 write, 1 read per 1,000 that wait."""
    desk.set_paused(paused=False)
    waiting = _count_of(desk, State.WAITING)
    print(f"Sending goes on. Instances that run follow within {FOLLOW_S} seconds.")
    print(f"Waiting deliveries, for a retry, for quiet hours, or for this: {waiting}")
    print(
        f"They go out when due, {DUE_LIMIT} a minute; what was paused is due in {LOOK_MIN} minutes."
    )


def status(desk: Desk) -> None:
    """Print how things stand. **Cost:** 1 read per 1,000 documents counted, at least 11."""
    is_paused = desk.reference.runtime(desk.now).sending_paused
    _line("sending", "PAUSED (`tools/operate resume` goes on)" if is_paused else "on")
    for collection in (schema.DELIVERIES, schema.OUTBOX):
        due = desk.count(due_query(desk.client, collection, desk.now))
        _line(f"overdue in {collection}", _words(due))
    for state in State:
        _line(f"deliveries {state.value}", _count_of(desk, state))
    stale_days = desk.settings.stale_days
    day = roster.seen_before(desk.now, days=stale_days)
    stale = desk.count(unseen_query(desk.client, day))
    _line("users with a stale device", f"{_words(stale)} (not seen for {stale_days} days)")


def _count_of(desk: Desk, state: State) -> str:
    return _words(desk.count(state_query(desk.client, state, None)))


def _words(count: int) -> str:
    return f"{count} or more" if count == MOST_COUNTED else str(count)


def _line(name: str, value: str) -> None:
    print(f"{name:<28}{value}")
