"""JSON to the types of `schema`, by the rules of proto3 JSON, in the words of Google's front end.

Both spellings of a name are taken, `null` is "not set", the last of repeated names wins, and all
that does not fit is collected before the request is refused. FCM's own rules are not here.
"""

import re
from typing import NoReturn, TypeVar

import msgspec

from fcm_emulator import errors
from fcm_emulator.fields import block_reader
from fcm_emulator.findings import Findings
from fcm_emulator.refusal import Refused, Violation
from fcm_emulator.schema import Block, SendMessageRequest

B = TypeVar("B", bound=Block)

_DECODER = msgspec.json.Decoder()
_POSITION = re.compile(r"\(byte (\d+)\)")
# How much of a malformed body an error shows, to each side of the fault, in bytes.
_SNIPPET_BYTES = 20


def read_request(body: bytes) -> SendMessageRequest:
    """Read a body of `messages:send`.

    Raises:
        Refused: the body is not JSON, not UTF-8, or has names or values unknown to the schema.

    """
    return read_block(body, SendMessageRequest)


def read_block(body: bytes, block: type[B]) -> B:
    """Read a body that is a *block*; an empty one is an empty block, as for all of Google's.

    Raises:
        Refused: as for `read_request`.

    """
    findings = Findings()
    request = block_reader(block)(_decode(body) if body.strip() else {}, "", findings)
    if findings.violations or not isinstance(request, block):
        raise Refused(errors.unreadable(findings.violations))
    return request


def _decode(body: bytes) -> object:
    try:
        decoded: object = _DECODER.decode(body)
    except UnicodeDecodeError:
        _refuse("Encountered non UTF-8 code points.")
    except RecursionError:
        _refuse("Message too deep. Max recursion depth reached.")
    except msgspec.DecodeError as error:
        _refuse(f"{_reason(str(error))}\n{_snippet(body, str(error))}\n^")
    return decoded


def _refuse(reason: str) -> NoReturn:
    description = f"Invalid JSON payload received. {reason}"
    raise Refused(errors.unreadable([Violation(field="", description=description)])) from None


def _reason(problem: str) -> str:
    if "truncated" in problem:
        return "Unexpected end of string."
    return "Number out of range." if "out of range" in problem else "Unexpected token."


def _snippet(body: bytes, problem: str) -> str:
    found = _POSITION.search(problem)
    at = int(found[1]) if found else len(body)
    near = body[max(0, at - _SNIPPET_BYTES) : at + _SNIPPET_BYTES]
    return near.decode("utf-8", "replace")
