"""What a request carries, read as JSON."""

import json
from collections.abc import Sequence
from typing import Any

import flask
from werkzeug.exceptions import UnsupportedMediaType

from firebell.errors import InvalidRequest


def json_body() -> Any:
    """Return the body of this request, which is JSON in UTF-8 as RFC 8259 has it.

    Stricter than Python: no name twice in a map, no NaN, no Infinity.

    Raises:
        InvalidRequest: It is no JSON, or nested too deep.
        UnsupportedMediaType: It says that it is something else, or compressed.

    """
    require_type("application/json")
    try:
        text = flask.request.get_data(cache=False).decode()
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_refuse)
    except RecursionError as error:
        raise InvalidRequest("body", "is nested too deep") from error
    except ValueError as error:
        raise InvalidRequest("body", "must be JSON in UTF-8") from error


def require_type(name: str) -> None:
    """Refuse this request unless its body is of the media type *name* and not compressed.

    Raises:
        UnsupportedMediaType: It says that it is something else, or compressed.

    """
    if flask.request.mimetype != name:
        raise UnsupportedMediaType(f"send Content-Type: {name}")
    if flask.request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("send the body uncompressed, without Content-Encoding")


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidRequest("body", "must not name a field twice")
    return found


def _refuse(constant: str) -> Any:
    raise InvalidRequest("body", f"holds {constant}, which is no JSON")
