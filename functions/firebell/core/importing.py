"""Devices brought over from another system: what a line says, and who may have the place."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from firebell.core import calls, parse, roster, schema
from firebell.core.fields import Fields
from firebell.core.model import Device
from firebell.errors import InvalidRequest

Result: TypeAlias = Literal[
    "imported", "disabled", "known", "differs", "erased", "refused", "notReached"
]

_REGISTERED = ("platform", "locale", "timezone", "appVersion", "label")
"""Fields that say the same as in a `register_device` call."""
_KNOWN = frozenset(
    {"uid", "target", "legacyToken", "createdAt", "active", "importedFrom", *_REGISTERED}
)
_NAMED = _KNOWN | {"line", "target.kind", "target.value"}
"""What an answer may name as the field at fault: anything else, the sender made up."""
_ORIGIN = "import"
"""What `importedFrom` is for a line that does not say where it comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A device to bring over, and whose; `is_dated` says that its line told when it was created."""

    uid: str
    device: Device
    is_dated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a line. `differs` names what is otherwise here: `owner`, `active`."""

    result: Result
    field: str | None = None
    problem: str | None = None
    differs: tuple[str, ...] = ()


FULL = Answer(
    result="refused",
    field="uid",
    problem=f"this user has {schema.MAX_DEVICES} devices, none of which gives way to this one",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A device that gets a place, those that give way, and what its installation had before."""

    device: Device
    evicted: tuple[Device, ...] = ()
    replaced: Device | None = None

    @property
    def left(self) -> tuple[Device, ...]:
        """The devices whose targets no longer count."""
        return self.evicted if self.replaced is None else (*self.evicted, self.replaced)


def entry(text: bytes, *, now: datetime) -> Entry:
    """Check one line of an import. It counts as seen *now*: nobody knows when it last was.

    Raises:
        InvalidRequest: Naming the field, and never repeating what a sender made up.

    """
    try:
        return _entry(_json(text), now=now)
    except InvalidRequest as error:
        if error.field in _NAMED:
            raise
        if error.field == "document":
            raise InvalidRequest("line", error.problem) from error
        raise InvalidRequest("line", "holds a field that is not known") from error


def admit(held: Mapping[str, Device], wanted: Entry) -> Admission | Answer:
    """Place *wanted*, whose target nobody has, among its user's devices; or say why it cannot be.

    A device that registered by itself never gives way. Among imported ones those stay that are
    active and were created last, whatever the order in which they come: of a user's, and of one
    installation's targets.
    """
    known = held.get(wanted.device.id)
    if known is not None:
        if not _outdoes(wanted, known):
            return Answer(result="known")
        return Admission(device=wanted.device, replaced=known)
    if len(held) < schema.MAX_DEVICES:
        return Admission(device=wanted.device)
    least = min(held.values(), key=_worth)
    if not _outdoes(wanted, least):
        return FULL
    return Admission(device=wanted.device, evicted=(least,))


def differences(
    wanted: Entry, owners: Collection[str | None], held: Mapping[str, Device]
) -> tuple[str, ...]:
    """Return what is otherwise here than *wanted* says: its `owner`, or whether it is `active`.

    Args:
        wanted: A device that is known here.
        owners: Whom `targets` names for it; None stands for nobody.
        held: The devices of the user whom *wanted* names.

    """
    if any(owner not in (None, wanted.uid) for owner in owners):
        return ("owner",)
    found = roster.holding(held, roster.ownership_keys(wanted.device))
    is_disabled = wanted.device.state == "disabled"
    same = any((device.state == "disabled") == is_disabled for device in found)
    return () if same else ("active",)


def document(line: int, answer: Answer) -> dict[str, Any]:
    """Write what became of *line*, counted from 1."""
    said = {"field": answer.field, "problem": answer.problem, "differs": list(answer.differs)}
    told = {name: value for name, value in said.items() if value}
    return {"line": line, "result": answer.result, **told}


def _entry(body: Any, *, now: datetime) -> Entry:
    fields = Fields(body, known=_KNOWN)
    uid = parse.uid(fields.get("uid"))
    said = {name: body[name] for name in _REGISTERED if name in body}
    device = calls.device_registration({**said, "target": _target(fields)}, now=now)
    created_at = fields.rfc3339("createdAt")
    is_active = fields.flag("active", default=True)
    origin = fields.text("importedFrom", most=schema.MAX_LABEL_CHARS)
    device = replace(
        device,
        created_at=min(created_at or now, now),
        state="active" if is_active else "disabled",
        reason=None if is_active else schema.IMPORTED_INACTIVE,
        imported_from=origin or _ORIGIN,
    )
    return Entry(uid=uid, device=device, is_dated=created_at is not None)


def _target(fields: Fields) -> Any:
    """Return the target as `register_device` takes it; a line may hold a legacy token alone."""
    token, target = fields.get("legacyToken"), fields.get("target")
    if token is None:
        return target
    if target is not None:
        raise InvalidRequest("legacyToken", "says the same as target; leave one out")
    return {"kind": "legacyToken", "value": token}


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise InvalidRequest("line", "is nested too deep") from error
    except ValueError as error:
        raise InvalidRequest("line", "must be JSON in UTF-8") from error


def _outdoes(wanted: Entry, other: Device) -> bool:
    is_imported = other.imported_from is not None
    return is_imported and wanted.is_dated and _worth(wanted.device) > _worth(other)


def _worth(device: Device) -> tuple[bool, bool, datetime]:
    """Order devices: one that registered by itself is worth more than any imported one."""
    is_active = device.state == "active"
    return device.imported_from is None, is_active, device.created_at
