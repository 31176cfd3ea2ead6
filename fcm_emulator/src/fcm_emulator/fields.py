"""One reader per type of field: a JSON value in, a typed value out, or a finding noted.

The readers are built once per block from the annotations in `schema`, where fields are declared.
"""

import types
import typing
from enum import Enum
from functools import cache
from typing import Any

from fcm_emulator import scalars, schema
from fcm_emulator.findings import Findings
from fcm_emulator.scalars import Reader
from fcm_emulator.schema import Block

_NESTED = (dict, list)
_V1 = "type.googleapis.com/google.firebase.fcm.v1"
_ENUM_TYPES: dict[type[Enum], str] = {
    schema.AndroidMessagePriority: f"{_V1}.AndroidConfig.AndroidMessagePriority",
    schema.NotificationPriority: f"{_V1}.AndroidNotification.NotificationPriority",
    schema.Visibility: f"{_V1}.AndroidNotification.Visibility",
    schema.Proxy: f"{_V1}.AndroidNotification.Proxy",
}
_SCALARS: dict[object, Reader] = {
    str: scalars.read_string,
    bool: scalars.read_bool,
    int: scalars.read_int32,
    float: scalars.read_float,
    schema.Duration: scalars.read_duration,
    schema.Timestamp: scalars.read_timestamp,
}
# Protobuf's parsers refuse deeper nesting.
_MAX_DEPTH = 100
# As many as a payload has bytes (FCM documentation, "Message types"); reading more takes seconds.
_MAX_ITEMS = 4096


@cache
def block_reader(block: type[Block]) -> Reader:
    """Make the reader of *block*: known names only, each in snake_case or lowerCamelCase."""
    fields = _spellings(block)
    proto_type = f"{_V1}.{block.__name__}"

    def read(value: object, path: str, findings: Findings) -> Block | None:
        if not isinstance(value, dict):
            _not_a_block(value, path, proto_type, findings)
            return None
        parts: dict[str, Any] = {}
        for name, part in value.items():
            if findings.is_full:
                break
            field = fields.get(name)
            if field is None:
                findings.unknown_name(path, name)
            elif part is not None:
                attribute, reader = field
                below = f"{path}.{attribute}" if path else attribute
                parts[attribute] = reader(part, below, findings)
        return block(**parts)

    return read


def _spellings(block: type[Block]) -> dict[str, tuple[str, Reader]]:
    readers = {name: _reader(kind) for name, kind in typing.get_type_hints(block).items()}
    canonical = zip(block.__struct_fields__, block.__struct_encode_fields__, strict=True)
    return {
        spelling: (attribute, readers[attribute])
        for attribute, camel in canonical
        for spelling in (attribute, camel)
    }


def _reader(annotation: object) -> Reader:
    if types.NoneType in typing.get_args(annotation):
        (annotation,) = (kind for kind in typing.get_args(annotation) if kind is not types.NoneType)
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is list:
        return _list_reader(_reader(arguments[0]))
    if typing.get_origin(annotation) is dict:
        return _read_object if arguments[1] is Any else _read_map
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return scalars.enum_reader(annotation, _ENUM_TYPES[annotation])
    if isinstance(annotation, type) and issubclass(annotation, Block):
        return block_reader(annotation)
    raise TypeError(f"no reader for a field of type {annotation}: add one to fields.py")


def _list_reader(read_item: Reader) -> Reader:
    def read(value: object, path: str, findings: Findings) -> list[object]:
        items = value if isinstance(value, list) else [value]
        if len(items) > _MAX_ITEMS:
            findings.misplaced(path, f"More than {_MAX_ITEMS} items.")
            return []
        taken: list[object] = []
        for at, item in enumerate(items):
            if findings.is_full:
                break
            taken.append(read_item(item, f"{path}[{at}]", findings))
        return taken

    return read


def _read_map(value: object, path: str, findings: Findings) -> dict[str, str] | None:
    if not isinstance(value, dict):
        findings.misplaced(path, f"Cannot bind a list to map for field '{_last(path)}'.")
        return None
    for at, item in enumerate(value.values()):
        if findings.is_full:
            break
        if not isinstance(item, str):
            scalars.read_string(item, f"{path}[{at}].value", findings)
    return value


def _read_object(value: object, path: str, findings: Findings) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        findings.wrong_value(path, "type.googleapis.com/google.protobuf.Struct", value)
        return None
    if not _fits_depth(value, _MAX_DEPTH):
        findings.wrong(path, "type.googleapis.com/google.protobuf.Struct", "Message too deep.")
    return value


def _fits_depth(value: dict[str, Any], depth: int) -> bool:
    # Level by level: millions of values take no call each.
    level: list[Any] = [value]
    for _ in range(depth):
        parts = [part.values() if isinstance(part, dict) else part for part in level]
        level = [part for row in parts for part in row if isinstance(part, _NESTED)]
    return not level


def _not_a_block(value: object, path: str, proto_type: str, findings: Findings) -> None:
    if not path:
        findings.unknown_name("", "", "Root element must be a message.")
    elif isinstance(value, list):
        findings.misplaced(path, "Proto field is not repeating, cannot start list.")
    else:
        findings.wrong_value(path, proto_type, value)


def _last(path: str) -> str:
    return path.rpartition(".")[2]
