"""The HTTP API's routes: authenticate → parse → create a document. Documents do the sending.

Every error is one JSON shape: `{"error": {"code", "message", "field", "requestId"}}`.
"""

import functools
import uuid
from http import HTTPStatus
from typing import Any

import flask
from werkzeug.exceptions import HTTPException

from firebell import errors, log
from firebell.core import calls, lifecycle
from firebell.errors import FirebellError, InvalidRequest, NotAllowed, Unauthenticated, Unavailable
from firebell.services import Services

MAX_REQUEST_BYTES = 64 * 1024
"""Bytes of a request's body: a notification is 4 KiB, and JSON escapes may take six times that."""


RETRY_AFTER_S = 5
"""Seconds a caller is asked to wait when Firestore cannot serve."""


def create_app(services: Services) -> flask.Flask:
    """Return the API as a Flask app on *services*."""
    app = flask.Flask("firebell")
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # flask types the provider by its base class

    @app.post("/v1/notifications")
    def send() -> tuple[flask.Response, int]:
        return _send(services), HTTPStatus.ACCEPTED

    app.register_error_handler(FirebellError, _own_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unknown_error)
    return app


def respond(request: flask.Request, services: Services) -> flask.Response:
    """Answer *request*, a Cloud Functions request, by the app's routes."""
    app = _app(services)
    with app.request_context(request.environ):
        return app.full_dispatch_request()


@functools.cache
def _app(services: Services) -> flask.Flask:
    return create_app(services)


def _send(services: Services) -> flask.Response:
    """Create one outbox document for the notification in the request. **Cost:** 1 write."""
    _authenticate_sender(services)
    uid, content = calls.send_request(_json_body())
    notification_id = uuid.uuid4().hex
    document = {**content, "uid": uid, "inbox": True}
    services.outbox.create(notification_id, document)
    delivery_id = lifecycle.delivery_id(uid, notification_id)
    return flask.jsonify(id=notification_id, deliveryId=delivery_id)


def _authenticate_sender(services: Services) -> None:
    """Let only senders pass: ID tokens whose `senderUntil` lies ahead.

    Raises:
        Unauthenticated: No valid ID token.
        NotAllowed: Its user is no sender, or no longer one.

    """
    scheme, _, id_token = flask.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not id_token:
        raise Unauthenticated("send an ID token: Authorization: Bearer …")
    claims = services.identity.claims(id_token.strip())
    until = claims.get("senderUntil")
    if isinstance(until, bool) or not isinstance(until, int):
        raise NotAllowed("not_a_sender", "sending")
    if until <= services.clock().timestamp():
        raise NotAllowed("sender_expired", "sending")


def _json_body() -> Any:
    try:
        return flask.request.get_json(force=True)
    except RecursionError as error:
        raise InvalidRequest("body", "is nested too deep") from error
    except HTTPException as error:
        if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise
        raise InvalidRequest("body", "must be JSON") from error


def _own_error(error: FirebellError) -> tuple[flask.Response, int]:
    code, status = errors.CANONICAL[type(error)]
    request_id = _request_id()
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.request_failed(request_id, type(error).__name__)
        return _error(code, "this deployment is misconfigured", request_id), status
    field = error.field if isinstance(error, InvalidRequest) else None
    response = _error(code, str(error), request_id, field)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response, status


def _unknown_error(error: Exception) -> tuple[flask.Response, int]:
    """Answer a defect of ours in the API's shape; its class goes to the log, its text nowhere."""
    request_id = _request_id()
    log.request_failed(request_id, type(error).__name__)
    return _error("INTERNAL", "an internal error", request_id), HTTPStatus.INTERNAL_SERVER_ERROR


def _http_error(error: HTTPException) -> tuple[flask.Response, int]:
    """Answer Flask's own refusals (no such route, method, size) in the API's shape."""
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    code = _CODES.get(status, "UNKNOWN")
    request_id = _request_id()
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.request_failed(request_id, type(error).__name__)
    response = _error(code, HTTPStatus(status).phrase, request_id)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response, status


def _error(code: str, message: str, request_id: str, field: str | None = None) -> flask.Response:
    return flask.jsonify(
        error={"code": code, "message": message, "field": field, "requestId": request_id}
    )


def _request_id() -> str:
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
