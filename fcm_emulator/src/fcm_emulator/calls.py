"""How the emulator's own endpoints read a call, and how they say what is wrong with it."""

from typing import TypeVar

import msgspec
from starlette.requests import Request

from fcm_emulator import targets
from fcm_emulator.http import read_body
from fcm_emulator.refusal import Refused, status
from fcm_emulator.targets import Target, TargetKind

T = TypeVar("T")


class TargetPart(msgspec.Struct, forbid_unknown_fields=True):
    """`{"kind", "value"}` on the wire."""

    kind: TargetKind
    value: str


async def read(request: Request, call: type[T]) -> T:
    """Read the body of a call.

    Raises:
        Refused: it is not JSON or does not fit; the message names the field.

    """
    try:
        return msgspec.json.decode(await read_body(request), type=call)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise invalid(f"body: {error}") from error


def number(request: Request, name: str, default: int) -> int:
    """Read a whole number of the query.

    Raises:
        Refused: it is something else; the message names it.

    """
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise invalid(f"{name}: must be a whole number of 0 or more")
    return int(text)


def new_target(part: TargetPart) -> Target:
    """Take a target that FCM could have issued.

    Raises:
        Refused: it has another form.

    """
    target = Target(kind=part.kind, value=part.value)
    if not target.is_well_formed:
        raise invalid(f"target.value: {_form(target)}")
    return target


def invalid(problem: str) -> Refused:
    """Refuse a call; *problem* begins with the name of the field."""
    return Refused(status(400, "INVALID_ARGUMENT", problem))


def not_found(problem: str) -> Refused:
    """Refuse a call about something that is not there."""
    return Refused(status(404, "NOT_FOUND", problem))


def _form(target: Target) -> str:
    if target.kind == "fid":
        return f"not a FID: 22 characters, such as {targets.new_fid().value}"
    return "not a registration token: a FID, a colon, APA91b and more of A-Z, a-z, 0-9, - and _"
