"""`GET /v1/openapi.json`: what the API offers, for people and for their tools."""

from pathlib import Path

import flask

DOCUMENT = Path(__file__).with_name("openapi.json").read_bytes()
"""The OpenAPI 3.1 document as it is served; a contract test holds the routes against it."""


def routes() -> flask.Blueprint:
    """Return the route of the description, which is open to everybody."""
    found = flask.Blueprint("description", __name__)

    @found.get("/v1/openapi.json")
    def describe() -> flask.Response:
        response = flask.Response(DOCUMENT, mimetype="application/json")
        response.headers["Cache-Control"] = "public, max-age=300"
        return response

    return found
