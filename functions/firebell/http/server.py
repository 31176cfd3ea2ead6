"""The API as one Flask app: its routes, its limits, its answers to whatever fails."""

import functools

import flask

from firebell.http import deliveries, description, failures, imports, notifications, users
from firebell.services import Services

MAX_REQUEST_BYTES = 2**20
"""Bytes of a request's body: a notification, and parameters for each of 500 users."""


def create_app(services: Services) -> flask.Flask:
    """Return the API as a Flask app on *services*."""
    app = flask.Flask("firebell", static_folder=None)
    # A path is what it says: the redirect for "users//tombstone" would erase a user "tombstone".
    app.url_map.merge_slashes = False
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # flask types the provider by its base class
    app.register_blueprint(description.routes())
    app.register_blueprint(notifications.routes(services))
    app.register_blueprint(deliveries.routes(services))
    app.register_blueprint(imports.routes(services))
    app.register_blueprint(users.routes(services))
    app.after_request(_guard)
    failures.install(app)
    return app


def _guard(response: flask.Response) -> flask.Response:
    """Have no cache keep an answer that does not say so, and no browser take it for a page."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def respond(request: flask.Request, services: Services) -> flask.Response:
    """Answer *request*, a Cloud Functions request, by the app's routes."""
    app = _app(services)
    with app.request_context(request.environ):
        return app.full_dispatch_request()


@functools.cache
def _app(services: Services) -> flask.Flask:
    return create_app(services)
