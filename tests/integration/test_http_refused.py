"""`POST /v1/notifications` with bad input: each refusal names what is wrong."""

import dataclasses
import json
from typing import Any, cast

import pytest
from flask.testing import FlaskClient

from firebell import http
from firebell.http import server
from firebell.requests_store import RequestStore
from tests.integration.api import PATH, error, outbox
from tests.integration.scene import TEXT, Scene

JSON = "application/json"
BAD: dict[str, tuple[Any, str]] = {
    "a list": ([], "document"),
    "null": (None, "document"),
    "no uid": ({"notification": {"body": "x"}}, "uid"),
    "uid of another type": ({"uid": 5, "notification": {"body": "x"}}, "uid"),
    "uid with a slash": ({"uid": "a/b", "notification": {"body": "x"}}, "uid"),
    "no notification": ({"uid": "ada"}, "notification"),
    "notification of another type": ({"uid": "ada", "notification": "x"}, "notification"),
    "unknown field": ({"uid": "ada", "notification": {"body": "x"}, "to": 1}, "to"),
    "unknown field within": ({"uid": "ada", "notification": {"text": "x"}}, "notification.text"),
    "nothing to show": ({"uid": "ada", "notification": {}}, "notification.body"),
    "title of another type": ({"uid": "ada", "notification": {"title": 1}}, "notification.title"),
    "title and message": (
        {"uid": "ada", "notification": {"title": "x", "message": "y"}},
        "notification.message",
    ),
    "local time": (
        {"uid": "ada", "notification": {"body": "x", "expireAt": "2100-01-01T00:00:00"}},
        "notification.expireAt",
    ),
    "no time": (
        {"uid": "ada", "notification": {"body": "x", "expireAt": 5}},
        "notification.expireAt",
    ),
    "owner's field": (
        {"uid": "ada", "notification": {"body": "x", "readAt": None}},
        "notification.readAt",
    ),
    "lone surrogate": ({"uid": "ada", "notification": {"body": "\ud83c"}}, "notification.body"),
    "lone surrogate in a name": (
        {"uid": "ada", "notification": {"body": "x", "\ud83c": 1}},
        "notification.\\ud83c",
    ),
}


@pytest.mark.parametrize(("body", "field"), BAD.values(), ids=BAD)
def test_bad_request_names_the_field(
    scene: Scene, api: FlaskClient, sender: dict[str, str], body: Any, field: str
) -> None:
    answer = api.post(PATH, data=json.dumps(body), headers=sender, content_type=JSON)

    assert answer.status_code == 400
    refusal = error(answer)
    assert (refusal["code"], refusal["field"]) == ("INVALID_ARGUMENT", field)
    assert refusal["message"].startswith(f"{field}: ")
    assert outbox(scene) == {}


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"[" * 60_000], ids=["none", "half", "bytes", "deep"]
)
def test_what_is_no_json_is_refused(api: FlaskClient, sender: dict[str, str], data: bytes) -> None:
    answer = api.post(PATH, data=data, headers=sender, content_type=JSON)

    assert answer.status_code == 400
    assert error(answer)["field"] == "body"


def test_value_that_json_knows_and_firestore_does_not_is_refused(
    api: FlaskClient, sender: dict[str, str]
) -> None:
    body = b'{"uid": "ada", "notification": {"body": "x", "badge": NaN, "ttlSeconds": 1e999}}'

    answer = api.post(PATH, data=body, headers=sender, content_type=JSON)

    assert answer.status_code == 400


def test_body_over_the_limit_is_too_large(api: FlaskClient, sender: dict[str, str]) -> None:
    body = {"uid": "ada", "notification": {"body": "x" * server.MAX_REQUEST_BYTES}}

    answer = api.post(PATH, json=body, headers=sender)

    assert answer.status_code == 413
    assert error(answer)["code"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", PATH, 405, "UNIMPLEMENTED"),
        ("DELETE", PATH, 405, "UNIMPLEMENTED"),
        ("POST", "/v1/notification", 404, "NOT_FOUND"),
        ("GET", "/", 404, "NOT_FOUND"),
        ("GET", "/v1//openapi.json", 404, "NOT_FOUND"),
        ("GET", "//v1/openapi.json", 404, "NOT_FOUND"),
        ("GET", "/v1/openapi.json/", 404, "NOT_FOUND"),
        ("POST", f"{PATH}/", 404, "NOT_FOUND"),
        ("GET", "/v1/users/", 404, "NOT_FOUND"),
        ("DELETE", "/v1/users//tombstone", 404, "NOT_FOUND"),
        ("DELETE", "/v1/users/ada/tombstone/", 404, "NOT_FOUND"),
    ],
)
def test_wrong_route_is_told_in_the_same_form(
    api: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = api.open(path, method=method)

    assert answer.status_code == status
    assert error(answer)["code"] == code
    assert ("Allow" in answer.headers) == (status == 405)


def test_defect_of_ours_is_told_in_the_same_form(scene: Scene, sender: dict[str, str]) -> None:
    broken = dataclasses.replace(scene.services, requests=cast(RequestStore, None))
    body = {"uid": "ada", "notification": {"body": TEXT}}

    answer = http.create_app(broken).test_client().post(PATH, json=body, headers=sender)

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (500, "INTERNAL", None)
    assert TEXT not in answer.text
