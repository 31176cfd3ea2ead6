"""Say when a recipient's quiet hours end, by the clock of the recipient's own time zone.

Zone data is the only thing here that is not in the arguments: a table of when clocks were changed.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from firebell.core import schema
from firebell.core.model import QuietHours


def zone(name: str | None) -> ZoneInfo | None:
    """Return the time zone called *name* in the IANA database, or None when it knows none."""
    # Long names of many parts would take zoneinfo, which looks for folders and modules, too far.
    if name is None or not schema.ZONE_NAME.match(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # OSError: a folder of the database ("Europe"), in Python 3.11.
        return None


def ends_at(hours: QuietHours, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return when the quiet period that *now* lies in ends, aware UTC; None outside of one.

    Each date of the calendar begins one quiet period, from its `start` to the next `end`, both
    turned into instants: an hour that a clock change repeats is quiet once, at its first pass, and
    one that it skips counts from the change on. `start` at `end` means no quiet hours. Periods that
    a clock change makes meet are one.

    Args:
        hours: What the recipient chose.
        zone: By whose clock.
        now: Aware UTC.

    """
    today = now.astimezone(zone).date()
    # Two days back, as a zone may skip a date; one ahead, as clocks put back at midnight repeat
    # the evening after a date has begun.
    nights = [_night(hours, zone, today + timedelta(days=days)) for days in (-2, -1, 0, 1)]
    ends = [end for start, end in nights if start <= now < end]
    if not ends:
        return None
    return ends_at(hours, zone, max(ends)) or max(ends)


def _night(hours: QuietHours, zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
    """Return the instants at which the quiet period that begins on *day* starts and ends."""
    last_day = day if hours.start <= hours.end else day + timedelta(days=1)
    start = datetime.combine(day, hours.start, tzinfo=zone)
    end = datetime.combine(last_day, hours.end, tzinfo=zone)
    return start.astimezone(UTC), end.astimezone(UTC)
