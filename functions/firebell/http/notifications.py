"""`POST /v1/notifications`: a notification becomes one outbox document."""

import uuid
from http import HTTPStatus

import flask

from firebell.core import calls, lifecycle
from firebell.http import bodies, callers
from firebell.services import Services


def routes(services: Services) -> flask.Blueprint:
    """Return the routes under `/v1/notifications`."""
    found = flask.Blueprint("notifications", __name__)

    @found.post("/v1/notifications")
    def send() -> tuple[flask.Response, int]:
        return _send(services), HTTPStatus.ACCEPTED

    return found


def _send(services: Services) -> flask.Response:
    """Create one outbox document for the notification in the request. **Cost:** 1 write."""
    callers.sender(services)
    uid, content = calls.send_request(bodies.json_body())
    notification_id = uuid.uuid4().hex
    services.outbox.create(notification_id, {**content, "uid": uid, "inbox": True})
    delivery_id = lifecycle.delivery_id(uid, notification_id)
    return flask.jsonify(
        notifications=[{"uid": uid, "id": notification_id, "deliveryId": delivery_id}]
    )
