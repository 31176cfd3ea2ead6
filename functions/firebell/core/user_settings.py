"""Read the settings document, which its owner writes: what does not fit is left out and named.

Security rules check what client apps write; a backend passes them by, so nothing is taken on trust.
"""

import re
from collections.abc import Mapping
from datetime import time
from typing import TypeVar

from firebell.core import schema
from firebell.core.model import Document, Preference, QuietHours, UserSettings

T = TypeVar("T")


def concerns_delivery(before: Document, after: Document) -> bool:
    """Tell whether anything changed that delivery heeds; clients note much else there."""
    return any(before.get(name) != after.get(name) for name in schema.DELIVERY_SETTINGS)


def settings_from(document: Document) -> tuple[UserSettings, tuple[str, ...]]:
    """Return what *document* says, and the names of the fields that were left out.

    A name is a path (`quietHours.start`) and may hold what the document's author made up.
    """
    fields = _Lenient(document, [])
    preferences, hours = fields.inner("preferences"), fields.inner("quietHours")
    settings = UserSettings(
        preferences=_preferences(preferences) if preferences is not None else {},
        quiet_hours=_quiet_hours(hours) if hours is not None else None,
        locale=fields.text("locale", schema.LANGUAGE_TAG),
    )
    return settings, tuple(fields.ignored)


class _Lenient:
    """A mapping whose fields are taken one by one; one that does not fit is None, and named."""

    def __init__(self, value: Document, ignored: list[str], *, path: str = "") -> None:
        self.value = value
        self.ignored = ignored
        self._path = path

    def inner(self, field: str) -> "_Lenient | None":
        """Return *field*, a map, whose own misfits are named here."""
        found = self._take(field, dict)
        path = f"{self._path}{field}."
        return None if found is None else _Lenient(found, self.ignored, path=path)

    def text(self, field: str, form: re.Pattern[str]) -> str | None:
        """Return *field*, text in *form*."""
        found = self._take(field, str)
        if found is None or form.match(found):
            return found
        self.ignore(field)
        return None

    def flag(self, field: str) -> bool:
        """Return *field*, true unless it says false."""
        return self._take(field, bool) is not False

    def ignore(self, *fields: str) -> None:
        """Name *fields* as left out."""
        self.ignored += [f"{self._path}{field}" for field in fields]

    def ignore_all_but(self, *known: str) -> None:
        """Name every field outside *known* as left out."""
        self.ignore(*sorted(self.value.keys() - set(known)))

    def _take(self, field: str, kind: type[T]) -> T | None:
        found = self.value.get(field)
        if found is None or isinstance(found, kind):
            return found
        self.ignore(field)
        return None


def _preferences(choices: _Lenient) -> Mapping[str, Preference]:
    """Return each category's choice; of too many categories the first, beginning with `default`."""
    short = [name for name in choices.value if len(name) <= schema.MAX_LABEL_CHARS]
    short.sort(key=lambda name: (name != schema.DEFAULT_CATEGORY, name))
    kept = short[: schema.MAX_CATEGORIES]
    choices.ignore_all_but(*kept)
    found = {name: choices.inner(name) for name in kept}
    return {name: _preference(choice) for name, choice in found.items() if choice is not None}


def _preference(choice: _Lenient) -> Preference:
    choice.ignore_all_but("push", "inbox")
    return Preference(push=choice.flag("push"), inbox=choice.flag("inbox"))


def _quiet_hours(hours: _Lenient) -> QuietHours | None:
    hours.ignore_all_but("start", "end", "timezone", "enabled")
    start, end = (hours.text(name, schema.TIME_OF_DAY) for name in ("start", "end"))
    timezone = hours.text("timezone", schema.ZONE_NAME)
    if not hours.flag("enabled"):
        return None
    hours.ignore(*(name for name in ("start", "end") if hours.value.get(name) is None))
    if start is None or end is None:
        return None
    return QuietHours(
        start=time.fromisoformat(start), end=time.fromisoformat(end), timezone=timezone
    )
