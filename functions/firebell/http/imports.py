"""`POST /v1/devices:import`: devices of another system as JSON lines, each answered by one."""

import json
from collections.abc import Iterator
from typing import IO

import flask
from werkzeug.exceptions import RequestEntityTooLarge

from firebell import importing
from firebell.core import schema
from firebell.errors import InvalidRequest
from firebell.http import bodies, callers
from firebell.services import Services

JSON_LINES = "application/x-ndjson"
CHANGES = "changes"
"""Value of the query parameter `report`: say of known devices what is otherwise here."""


def routes(services: Services) -> flask.Blueprint:
    """Return the route `/v1/devices:import`."""
    found = flask.Blueprint("imports", __name__)

    @found.post("/v1/devices:import")
    def import_devices() -> flask.Response:
        return _import(services)

    return found


def _import(services: Services) -> flask.Response:
    """Import the devices in the request. **Cost:** see `importing.import_devices`."""
    callers.service(services)
    bodies.require_type(JSON_LINES)
    report = flask.request.args.get("report")
    if report not in (None, CHANGES):
        raise InvalidRequest("report", f"must be {CHANGES}, or left out")
    answers = importing.import_devices(_lines(), services, compares=report == CHANGES)
    body = (json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers)
    return flask.Response(body, content_type=JSON_LINES)


def _lines() -> list[tuple[int, bytes | None]]:
    """Read the lines of this request with their numbers; blank ones are passed over.

    All are read before any is imported: an answer that begins before the request has ended is not
    for every proxy.

    Raises:
        InvalidRequest: There are too many.
        RequestEntityTooLarge: The body is too long.

    """
    flask.request.max_content_length = schema.MAX_IMPORT_BYTES
    found: list[tuple[int, bytes | None]] = []
    for number, line in enumerate(_read_lines(flask.request.stream), start=1):
        if line is not None and not line.strip():
            continue
        if len(found) == schema.MAX_IMPORT_LINES:
            raise InvalidRequest("body", f"must hold at most {schema.MAX_IMPORT_LINES} lines")
        found.append((number, line))
    return found


def _read_lines(stream: IO[bytes]) -> Iterator[bytes | None]:
    """Yield each line of *stream*; None for one that is too long, of which nothing is kept."""
    left = schema.MAX_IMPORT_BYTES
    is_rest = False
    while piece := stream.readline(schema.MAX_IMPORT_LINE_BYTES + 1):
        left -= len(piece)
        if left < 0:
            raise RequestEntityTooLarge
        is_whole = piece.endswith(b"\n") or len(piece) <= schema.MAX_IMPORT_LINE_BYTES
        if not is_rest:
            yield piece if is_whole else None
        is_rest = not is_whole
