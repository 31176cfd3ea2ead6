"""Readers of single JSON values by the rules of proto3 JSON.

Each returns None for a value that does not fit, and notes a finding.
"""

import math
import re
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from fcm_emulator.findings import Findings

Reader: TypeAlias = Callable[[object, str, Findings], object]

_DURATION = re.compile(r"-?\d{1,12}(\.\d{1,9})?s", re.ASCII)
_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)
_INT32 = range(-(2**31), 2**31)
_WORDS = {"true": True, "false": False}


def read_string(value: object, path: str, findings: Findings) -> str | None:
    """Take a JSON string and nothing else."""
    if isinstance(value, str):
        return value
    _misfit(value, path, "TYPE_STRING", findings)
    return None


def read_bool(value: object, path: str, findings: Findings) -> bool | None:
    """Take true or false, also as words in quotes."""
    taken = _WORDS.get(value) if isinstance(value, str) else value
    if isinstance(taken, bool):
        return taken
    _misfit(value, path, "TYPE_BOOL", findings)
    return None


def read_int32(value: object, path: str, findings: Findings) -> int | None:
    """Take a whole number of 32 bits, also as `3.0` or in quotes."""
    number = _number(value)
    if number is not None and number.is_integer() and int(number) in _INT32:
        return int(number)
    _misfit(value, path, "TYPE_INT32", findings)
    return None


def read_float(value: object, path: str, findings: Findings) -> float | None:
    """Take a finite number, also in quotes."""
    number = _number(value)
    if number is None:
        _misfit(value, path, "TYPE_FLOAT", findings)
    return number


def read_duration(value: object, path: str, findings: Findings) -> str | None:
    """Take seconds with up to nine decimals and an `s`."""
    if isinstance(value, str) and _DURATION.fullmatch(value):
        return value
    _misformat(
        value,
        path,
        "google.protobuf.Duration",
        "Illegal duration format; duration must end with 's'",
        findings,
    )
    return None


def read_timestamp(value: object, path: str, findings: Findings) -> str | None:
    """Take an RFC 3339 instant that exists."""
    if isinstance(value, str) and _is_instant(value):
        return value
    _misformat(value, path, "google.protobuf.Timestamp", "Invalid time format", findings)
    return None


def enum_reader(members: type[Enum], proto_type: str) -> Reader:
    """Make a reader for *members* by name in any case, or by their number."""
    by_name = {member.name: member for member in members}
    numbered = list(members)

    def read(value: object, path: str, findings: Findings) -> Enum | None:
        member = by_name.get(value.upper()) if isinstance(value, str) else None
        if type(value) is int and 0 <= value < len(numbered):
            member = numbered[value]
        if member is None:
            _misfit(value, path, proto_type, findings)
        return member

    return read


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _is_instant(text: str) -> bool:
    parts = _TIMESTAMP.fullmatch(text)
    if parts is None:
        return False
    try:
        datetime.fromisoformat(parts[1] + parts[3])
    except ValueError:
        return False
    return True


def _misformat(value: object, path: str, kind: str, problem: str, findings: Findings) -> None:
    proto_type = f"type.googleapis.com/{kind}"
    if isinstance(value, str):
        findings.wrong(path, proto_type, f"Field '{path.rpartition('.')[2]}', {problem}")
    else:
        _misfit(value, path, proto_type, findings)


def _misfit(value: object, path: str, proto_type: str, findings: Findings) -> None:
    if isinstance(value, list):
        findings.misplaced(path, "Proto field is not repeating, cannot start list.")
    elif isinstance(value, dict):
        findings.wrong(path, proto_type, "Starting an object on a scalar field")
    else:
        findings.wrong_value(path, proto_type, value)
