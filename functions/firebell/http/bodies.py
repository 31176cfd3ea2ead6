"""What a request carries, read as JSON."""

from http import HTTPStatus
from typing import Any

import flask
from werkzeug.exceptions import HTTPException

from firebell.errors import InvalidRequest


def json_body() -> Any:
    """Return the body of this request, whatever its content type says.

    Raises:
        InvalidRequest: It is no JSON, or nested too deep.

    """
    try:
        return flask.request.get_json(force=True)
    except RecursionError as error:
        raise InvalidRequest("body", "is nested too deep") from error
    except HTTPException as error:
        if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise
        raise InvalidRequest("body", "must be JSON") from error
