"""`POST /v1/notifications`: a notification for each user becomes a document of the outbox."""

from http import HTTPStatus
from typing import Any

import flask

from firebell import accepting
from firebell.accepting import Repeatable
from firebell.core import lifecycle, schema, send_request
from firebell.errors import InvalidRequest
from firebell.http import bodies, callers
from firebell.http.callers import Caller
from firebell.services import Services

KEY_HEADER = "Idempotency-Key"


def routes(services: Services) -> flask.Blueprint:
    """Return the routes under `/v1/notifications`."""
    found = flask.Blueprint("notifications", __name__)

    @found.post("/v1/notifications")
    def send() -> tuple[flask.Response, int]:
        return _send(services), HTTPStatus.ACCEPTED

    return found


def _send(services: Services) -> flask.Response:
    """Check all of the request, then create its documents. **Cost:** see `accepting.accept`."""
    caller = callers.sender(services)
    body = bodies.json_body()
    request = send_request.read(body, now=services.clock())
    ids = accepting.accept(request, services, repeatable=_repeatable(caller, body))
    accepted = [
        {"uid": uid, "id": id, "deliveryId": lifecycle.delivery_id(uid, id)}
        for uid, id in ids.items()
    ]
    return flask.jsonify(notifications=accepted)


def _repeatable(caller: Caller, body: Any) -> Repeatable | None:
    key = flask.request.headers.get(KEY_HEADER)
    if key is None:
        return None
    if not schema.IDEMPOTENCY_KEY.match(key):
        raise InvalidRequest(KEY_HEADER, "must be 1 to 255 printable ASCII characters")
    path = f"{flask.request.method} {flask.request.path}"
    return Repeatable(caller=caller.key, key=key, body_hash=send_request.body_hash(path, body))
