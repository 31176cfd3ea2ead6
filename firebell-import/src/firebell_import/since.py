"""Reads a point in time as an operator writes it."""

import re
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

_AGE: Final = re.compile(r"(\d{1,6})([mhd])\Z")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


def since(text: str, *, now: datetime) -> datetime:
    """Return what *text* says: an age (90m, 6h, 2d) or an instant (2026-03-01T02:30).

    An instant without a zone is in the project's own.

    Raises:
        ValueError: It says neither.
        OverflowError: There was no such time.

    """
    if age := _AGE.match(text):
        return now - timedelta(**{_UNITS[age[2]]: int(age[1])})
    instant = datetime.fromisoformat(text)
    return timezone.make_aware(instant) if timezone.is_naive(instant) else instant
