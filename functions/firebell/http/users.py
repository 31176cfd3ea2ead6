"""`/v1/users/{uid}`: export and erase what is held under a uid, and let an erased one back in."""

from http import HTTPStatus

import flask

from firebell import erasing, exporting
from firebell.core import erasure, export, parse
from firebell.errors import InvalidRequest
from firebell.http import callers
from firebell.services import Services


def routes(services: Services) -> flask.Blueprint:
    """Return the routes under `/v1/users`."""
    found = flask.Blueprint("users", __name__)

    @found.get("/v1/users/<uid>")
    def export_user(uid: str) -> flask.Response:
        callers.service_or_self(uid, services)
        token = _parameters("pageToken").get("pageToken")
        begin = None if token is None else export.place_from(token)
        return flask.jsonify(exporting.export_user(parse.uid(uid), begin, services))

    @found.delete("/v1/users/<uid>")
    def erase_user(uid: str) -> tuple[flask.Response, int]:
        callers.service_or_self(uid, services)
        auth = _flag("auth", _parameters("auth"))
        if erasing.erase(parse.uid(uid), auth=auth, services=services):
            return flask.jsonify(state=erasure.ERASED), HTTPStatus.OK
        return flask.jsonify(state=erasure.ERASING), HTTPStatus.ACCEPTED

    @found.delete("/v1/users/<uid>/tombstone")
    def lift_tombstone(uid: str) -> tuple[str, int]:
        callers.service(services)
        _parameters()
        services.tombstones.lift(parse.uid(uid))
        return "", HTTPStatus.NO_CONTENT

    return found


def _parameters(*known: str) -> dict[str, str]:
    """Return the query's parameters; a mistyped one must not pass for its absence."""
    given = flask.request.args
    for name in given:
        if name not in known:
            raise InvalidRequest(name, "is not known here")
        if len(given.getlist(name)) > 1:
            raise InvalidRequest(name, "is there more than once")
    return dict(given.items())


def _flag(name: str, parameters: dict[str, str]) -> bool:
    said = parameters.get(name, "false")
    if said not in ("true", "false"):
        raise InvalidRequest(name, "must be true or false")
    return said == "true"
