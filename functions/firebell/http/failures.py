"""Every refusal and every fault of the API as one JSON shape.

`{"error": {"code", "message", "field", "reason", "requestId"}}`, with the canonical code's HTTP
status.
"""

import uuid
from http import HTTPStatus

import flask
from werkzeug.exceptions import HTTPException, UnsupportedMediaType

from firebell import errors, log
from firebell.errors import (
    Conflict,
    FirebellError,
    InvalidRequest,
    LimitReached,
    NotAllowed,
    Unauthenticated,
    Unavailable,
)

RETRY_AFTER_S = 5
"""Seconds a caller is asked to wait when Firestore cannot serve."""


def install(app: flask.Flask) -> None:
    """Have *app* answer whatever a route raises."""
    app.register_error_handler(FirebellError, own_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unknown_error)


def own_error(error: FirebellError) -> tuple[flask.Response, int]:
    """Answer an error of ours by its canonical code."""
    code, status = errors.CANONICAL[type(error)]
    id = request_id()
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.request_failed(id, type(error).__name__)
        return _error(code, "this deployment is misconfigured", id), status
    field = error.field if isinstance(error, InvalidRequest | Conflict) else None
    reason = error.reason if isinstance(error, NotAllowed) else None
    response = _error(code, str(error), id, field=field, reason=reason)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, LimitReached):
        response.headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response, status


def unknown_error(error: Exception) -> tuple[flask.Response, int]:
    """Answer a defect of ours in the API's shape; its class goes to the log, its text nowhere."""
    id = request_id()
    log.request_failed(id, type(error).__name__)
    return _error("INTERNAL", "an internal error", id), HTTPStatus.INTERNAL_SERVER_ERROR


def http_error(error: HTTPException) -> tuple[flask.Response, int]:
    """Answer Flask's own refusals (no such route, method, size) in the API's shape."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    code = _CODES.get(status, "UNKNOWN")
    id = request_id()
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.request_failed(id, type(error).__name__)
    says_more = isinstance(error, UnsupportedMediaType) and error.description
    response = _error(code, says_more or HTTPStatus(status).phrase, id)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response, status


def _error(
    code: str, message: str, id: str, *, field: str | None = None, reason: str | None = None
) -> flask.Response:
    said = {"code": code, "message": message, "field": field, "reason": reason, "requestId": id}
    return flask.jsonify(error=said)


def request_id() -> str:
    """Return the platform's trace id, so that the answer and the logs meet, or a new id."""
    trace = flask.request.headers.get("X-Cloud-Trace-Context", "").partition("/")[0]
    return trace[:64] if trace.isalnum() else uuid.uuid4().hex


_CODES = {
    400: "INVALID_ARGUMENT",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    408: "DEADLINE_EXCEEDED",
    413: "INVALID_ARGUMENT",
    415: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
"""Canonical code of each HTTP status Flask itself answers with."""
