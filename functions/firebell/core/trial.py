"""Test notifications, which users send to themselves: what they say, and how many are allowed."""

import hashlib
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from firebell.core import schema

TITLE: Final = "Test notification"
BODY: Final = "Notifications reach this device."
"""Always these words: whoever steals a session must not be able to say anything with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many test notifications a user has in the window that ends at `ends_at`."""

    most: int
    per: str
    counter_id: str
    ends_at: datetime

    @property
    def limit(self) -> str:
        """Say it in words."""
        return f"{self.most} test notifications a {self.per}"


def allowances(uid: str, *, now: datetime) -> tuple[Allowance, ...]:
    """Return what *uid* is allowed at *now*, the shortest window first.

    Windows are the minutes and days of UTC.
    """
    return tuple(
        _allowance(uid, most=most, per=per, length_s=length_s, now=now)
        for most, per, length_s in (
            (schema.TESTS_PER_MINUTE, "minute", 60),
            (schema.TESTS_PER_DAY, "day", 86_400),
        )
    )


def wait_s(allowance: Allowance, *, now: datetime) -> int:
    """Return the whole seconds from *now* after which *allowance*'s window is over."""
    return math.ceil((allowance.ends_at - now).total_seconds())


def document(uid: str) -> dict[str, Any]:
    """Return the outbox document of a test notification: at once, to the devices alone."""
    return {
        "uid": uid,
        "title": TITLE,
        "body": BODY,
        "urgent": True,
        "ttlSeconds": schema.TEST_TTL_S,
        "inbox": False,
    }


def _allowance(uid: str, *, most: int, per: str, length_s: int, now: datetime) -> Allowance:
    ends_s = (int(now.timestamp()) // length_s + 1) * length_s
    subject = json.dumps(["test", uid, length_s, ends_s])
    return Allowance(
        most=most,
        per=per,
        counter_id=hashlib.sha256(subject.encode()).hexdigest(),
        ends_at=datetime.fromtimestamp(ends_s, UTC),
    )
