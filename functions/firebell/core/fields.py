"""Read an untrusted mapping field by field; what does not fit is refused by the field's name."""

import math
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from firebell.core import schema
from firebell.errors import InvalidRequest

Scalar: TypeAlias = str | int | float | bool


class Fields:
    """A mapping whose fields are taken one by one, each checked for its type.

    Raises:
        InvalidRequest: From every method, naming the field as the sender wrote it.

    """

    def __init__(self, value: Any, *, known: Collection[str], path: str = "") -> None:
        """Wrap *value*, which must be a mapping that holds no field outside *known*."""
        if not isinstance(value, Mapping):
            raise InvalidRequest(path or "document", f"must be a map, not {_kind(value)}")
        self._value = value
        self._path = path
        for name in value:
            if name not in known:
                raise InvalidRequest(self.name(name), "is not a known field")

    def name(self, field: str) -> str:
        """Return *field*'s full path, in characters that any answer or record can hold."""
        path = f"{self._path}.{field}" if self._path else field or "''"
        return path.encode(errors="backslashreplace").decode()

    def get(self, field: str) -> Any:
        """Return *field* unchecked, or None."""
        return self._value.get(field)

    def text(
        self, field: str, *, most: int | None = None, form: re.Pattern[str] | None = None
    ) -> str | None:
        """Return *field* as non-empty text of at most *most* characters in *form*, or None."""
        value = self._value.get(field)
        if value is None:
            return None
        if not isinstance(value, str):
            raise InvalidRequest(self.name(field), f"must be a string, not {_kind(value)}")
        if not value:
            raise InvalidRequest(self.name(field), "must not be empty")
        if most is not None and len(value) > most:
            raise InvalidRequest(
                self.name(field), f"must be at most {most} characters, has {len(value)}"
            )
        if form is not None and not form.match(value):
            raise InvalidRequest(self.name(field), "does not have the form of such a value")
        require_unicode(value, self.name(field))
        return value

    def required_text(
        self, field: str, *, most: int | None = None, form: re.Pattern[str] | None = None
    ) -> str:
        """Return *field* as `text` does, refusing its absence."""
        value = self.text(field, most=most, form=form)
        if value is None:
            raise InvalidRequest(self.name(field), "is required")
        return value

    def url(self, field: str, *, schemes: tuple[str, ...] = ("https://",)) -> str | None:
        """Return *field* as an absolute URL in one of *schemes*, or None."""
        value = self.text(field, most=2048)
        if value is not None and not value.startswith(schemes):
            raise InvalidRequest(self.name(field), f"must begin with {' or '.join(schemes)}")
        return value

    def choice(self, field: str, options: Collection[str]) -> str | None:
        """Return *field*, one of *options*, or None."""
        value = self.text(field)
        if value is not None and value not in options:
            raise InvalidRequest(self.name(field), f"must be one of {', '.join(sorted(options))}")
        return value

    def flag(self, field: str, *, default: bool) -> bool:
        """Return *field* as a boolean, or *default* if absent."""
        value = self._value.get(field)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise InvalidRequest(self.name(field), f"must be true or false, not {_kind(value)}")
        return value

    def integer(self, field: str, *, least: int, most: int) -> int | None:
        """Return *field* as an integer in [*least*, *most*], or None."""
        value = self._value.get(field)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidRequest(self.name(field), f"must be an integer, not {_kind(value)}")
        if not least <= value <= most:
            raise InvalidRequest(self.name(field), f"must be from {least} to {most}, is {value}")
        return value

    def time(self, field: str) -> datetime | None:
        """Return *field*, a Firestore timestamp, as aware UTC, or None."""
        value = self._value.get(field)
        if value is None:
            return None
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise InvalidRequest(self.name(field), f"must be a timestamp, not {_kind(value)}")
        if value > schema.LATEST_TIME:
            raise InvalidRequest(self.name(field), f"must not be after {schema.LATEST_TIME}")
        return value.astimezone(UTC)

    def rfc3339(self, field: str) -> datetime | None:
        """Return *field*, a time as JSON has it, as aware UTC, or None."""
        value = self.text(field)
        if value is None:
            return None
        problem = "must be an RFC 3339 time with its offset, as 2026-01-31T09:00:00Z"
        if not schema.RFC_3339.match(value):
            raise InvalidRequest(self.name(field), problem)
        try:
            time = datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise InvalidRequest(self.name(field), problem) from error
        return Fields({field: time}, known={field}, path=self._path).time(field)

    def scalar(self, field: str) -> Scalar:
        """Return *field*, a string, a boolean, a finite number or an integer Firestore can hold."""
        value = self._value.get(field)
        if isinstance(value, str):
            require_unicode(value, self.name(field))
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise InvalidRequest(self.name(field), f"must be a finite number, is {value}")
            return value
        if not isinstance(value, int):
            problem = f"must be a string, a number or a boolean, not {_kind(value)}"
            raise InvalidRequest(self.name(field), problem)
        if not -schema.INTEGERS <= value < schema.INTEGERS:
            raise InvalidRequest(self.name(field), "is an integer of more than 64 bits")
        return value

    def entries(self, field: str, *, most: int | None = None) -> dict[str, Any]:
        """Return *field*, a map of at most *most* entries, or an empty one if absent."""
        value = self._value.get(field)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise InvalidRequest(self.name(field), f"must be a map, not {_kind(value)}")
        if most is not None and len(value) > most:
            raise InvalidRequest(
                self.name(field), f"must hold at most {most} entries, has {len(value)}"
            )
        return dict(value)

    def strings(self, field: str) -> dict[str, str]:
        """Return *field*, a map from string to string, or an empty one if absent."""
        value = self.entries(field)
        for key, text in value.items():
            entry = self.name(f"{field}.{key}")
            if not isinstance(text, str):
                raise InvalidRequest(entry, f"must be a string, not {_kind(text)}")
            require_unicode(key + text, entry)
        return value

    def items(self, field: str, *, most: int) -> list[Any]:
        """Return *field*, a list of at most *most* values, or an empty one if absent."""
        value = self._value.get(field)
        if value is None:
            return []
        if not isinstance(value, list):
            raise InvalidRequest(self.name(field), f"must be a list, not {_kind(value)}")
        if len(value) > most:
            raise InvalidRequest(
                self.name(field), f"must hold at most {most} entries, has {len(value)}"
            )
        return value


def require_unicode(value: str, field: str) -> None:
    """Refuse lone surrogates: JSON from a careless sender can hold them, UTF-8 cannot.

    Raises:
        InvalidRequest: Naming *field*.

    """
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest(field, "is not valid Unicode (a lone surrogate)") from error


def _kind(value: Any) -> str:
    """Name *value*'s type in the words of JSON and Firestore."""
    names = {str: "a string", bool: "a boolean", int: "a number", float: "a number", list: "a list"}
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, datetime):
        return "a timestamp" if value.tzinfo else "a time without a zone"
    return "null" if value is None else names.get(type(value), type(value).__name__)
