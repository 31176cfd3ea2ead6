"""`GET /v1/deliveries/{id}`: what became of a notification, and why."""

from datetime import datetime
from typing import Any

import flask

from firebell import errands
from firebell.core import answers, lifecycle, schema
from firebell.errors import InvalidRequest, NotFound
from firebell.http import callers
from firebell.services import Services


def routes(services: Services) -> flask.Blueprint:
    """Return the route `/v1/deliveries/{id}`."""
    found = flask.Blueprint("deliveries", __name__)

    @found.get("/v1/deliveries/<id>")
    def explain(id: str) -> flask.Response:
        return flask.jsonify(_explain(id, services))

    return found


def _explain(id: str, services: Services) -> dict[str, Any]:
    """Return what is known of delivery *id*.

    Somebody else's is to a user what none is: not found.

    **Cost:** 1 read; 1 more for what is not there and is asked for with its notification, and
    another where that is not there either.
    """
    caller = callers.anyone(services)
    notification_id = flask.request.args.get("notification")
    if notification_id is not None and not schema.DOCUMENT_ID.match(notification_id):
        raise InvalidRequest("notification", "is no id of a notification")
    known = _known(id, services)
    if known is None and notification_id is not None:
        # A delivery that begins between the two reads is in neither: it is looked for once more.
        known = _pending(id, notification_id, services) or _known(id, services)
    if known is None or not (callers.is_sender(caller, services) or known["uid"] == caller.id):
        raise NotFound("delivery", id)
    return known


def _known(id: str, services: Services) -> dict[str, Any] | None:
    if not schema.DELIVERY_ID.match(id):
        return None
    found = services.store.read_delivery(id)
    return None if found is None else answers.delivery(found[0])


def _pending(id: str, notification_id: str, services: Services) -> dict[str, Any] | None:
    """Return what the outbox knows, when it is what *id* stands for."""
    document = services.outbox.read(notification_id)
    if document is None or errands.is_errand(document):
        return None
    uid, send_at = document.data.get("uid"), document.data.get("sendAt")
    if not isinstance(uid, str) or lifecycle.delivery_id(uid, document.id) != id:
        return None
    is_later = isinstance(send_at, datetime) and send_at > services.clock()
    return answers.pending(
        uid, document.id, send_at=send_at if is_later else None, created_at=document.created_at
    )
