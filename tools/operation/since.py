"""Read a time as operators write it: an age (`90m`, `2h`, `3d`) or an instant. Pure."""

import re
from datetime import UTC, datetime, timedelta

_AGE = re.compile(r"([0-9]{1,6})([smhd])\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def since(text: str, *, now: datetime) -> datetime:
    """Return the instant that *text* names; without an offset it is UTC.

    Args:
        text: `90m`, `2h`, `3d`, `2026-03-01`, or `2026-03-01T02:30`, with an offset or without.
        now: Aware UTC, from which an age counts back.

    Raises:
        ValueError: It is neither.

    """
    age = _AGE.match(text)
    if age:
        return now - timedelta(**{_UNITS[age[2]]: int(age[1])})
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
