"""`POST /v1/notifications`: who may, what is accepted, and how each refusal is told."""

import json
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firebell import http
from firebell.core import lifecycle, schema
from tests.integration.doors import CALL_LIMIT_S, Doors
from tests.integration.identity import sign_in
from tests.integration.scene import TEXT, Scene
from tools import servers

PATH = "/v1/notifications"


@pytest.fixture
def api(scene: Scene) -> FlaskClient:
    return http.create_app(scene.services).test_client()


def bearer(scene: Scene, **claims: object) -> dict[str, str]:
    """Return the header of a backend's user with *claims*."""
    id_token = sign_in("backend", project=servers.PROJECT, **claims)
    scene.secrets.append(id_token)
    return {"Authorization": f"Bearer {id_token}"}


@pytest.fixture
def sender(scene: Scene) -> dict[str, str]:
    return bearer(scene, senderUntil=int(scene.clock.now.timestamp()) + 60)


def error(answer: TestResponse | requests.Response) -> dict[str, Any]:
    """Return the error in *answer*, without its request id."""
    body = answer.json() if isinstance(answer, requests.Response) else answer.get_json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "field", "requestId"}
    assert len(body["error"].pop("requestId")) == 32
    found: dict[str, Any] = body["error"]
    return found


def outbox(scene: Scene) -> dict[str, dict[str, Any]]:
    """Return every outbox document by its id."""
    found = scene.client.collection(schema.OUTBOX).stream()
    return {document.id: document.to_dict() or {} for document in found}


def test_sender_creates_one_outbox_document(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    content = {
        "title": "🎉 Grüße",
        "body": TEXT,
        "data": {"a": "b"},
        "badge": "unread",
        "expireAt": "2100-01-31T09:00:00+01:00",
    }

    answer = api.post(PATH, json={"uid": "ada", "notification": content}, headers=sender)

    assert answer.status_code == 202
    id = answer.get_json()["id"]
    assert answer.get_json() == {"id": id, "deliveryId": lifecycle.delivery_id("ada", id)}
    (document,) = outbox(scene).values()
    assert document.pop("expireAt").isoformat() == "2100-01-31T08:00:00+00:00"
    assert document == {
        "uid": "ada",
        "inbox": True,
        "title": "🎉 Grüße",
        "body": TEXT,
        "data": {"a": "b"},
        "badge": "unread",
    }


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer garbage", "Bearer a.b.c", "Basic YTpi", "Bearer é"],
)
def test_nobody_is_unauthenticated(scene: Scene, api: FlaskClient, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = api.post(PATH, json={"uid": "ada", "notification": {"body": TEXT}}, headers=headers)

    assert answer.status_code == 401
    assert error(answer)["code"] == "UNAUTHENTICATED"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert outbox(scene) == {}


def test_user_of_another_project_is_unauthenticated(scene: Scene, api: FlaskClient) -> None:
    id_token = sign_in("backend", project="demo-elsewhere", senderUntil=2**40)

    answer = api.post(PATH, json={}, headers={"Authorization": f"Bearer {id_token}"})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({}, "not_a_sender"),
        ({"senderUntil": "2100-01-01"}, "not_a_sender"),
        ({"senderUntil": True}, "not_a_sender"),
        ({"senderUntil": 4102444800.5}, "not_a_sender"),
        ({"senderUntil": None}, "not_a_sender"),
        ({"senderUntil": 1}, "sender_expired"),
        ({"senderUntil": -1}, "sender_expired"),
    ],
    ids=str,
)
def test_who_is_no_sender_is_denied(
    scene: Scene, api: FlaskClient, claims: dict[str, object], reason: str
) -> None:
    headers = bearer(scene, **claims)

    answer = api.post(PATH, json={"uid": "ada", "notification": {"body": TEXT}}, headers=headers)

    assert answer.status_code == 403
    refusal = error(answer)
    assert (refusal["code"], refusal["field"]) == ("PERMISSION_DENIED", None)
    assert reason in refusal["message"]
    assert outbox(scene) == {}


def test_sender_is_one_until_the_second_it_expires(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    statuses = []
    for _ in range(3):
        body = {"uid": "ada", "notification": {"body": TEXT}}
        statuses.append(api.post(PATH, json=body, headers=sender).status_code)
        scene.clock.pass_s(30)

    assert statuses == [202, 202, 403]


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
    answer = api.post(PATH, data=json.dumps(body), headers=sender)

    assert answer.status_code == 400
    refusal = error(answer)
    assert (refusal["code"], refusal["field"]) == ("INVALID_ARGUMENT", field)
    assert refusal["message"].startswith(f"{field}: ")
    assert outbox(scene) == {}


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"[" * 60_000], ids=["none", "half", "bytes", "deep"]
)
def test_what_is_no_json_is_refused(api: FlaskClient, sender: dict[str, str], data: bytes) -> None:
    answer = api.post(PATH, data=data, headers=sender)

    assert answer.status_code == 400
    assert error(answer)["field"] == "body"


def test_value_that_json_knows_and_firestore_does_not_is_refused(
    api: FlaskClient, sender: dict[str, str]
) -> None:
    body = b'{"uid": "ada", "notification": {"body": "x", "badge": NaN, "ttlSeconds": 1e999}}'

    answer = api.post(PATH, data=body, headers=sender)

    assert answer.status_code == 400


def test_body_over_the_limit_is_too_large(api: FlaskClient, sender: dict[str, str]) -> None:
    body = {"uid": "ada", "notification": {"body": "x" * http.MAX_REQUEST_BYTES}}

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
    ],
)
def test_wrong_route_is_told_in_the_same_form(
    api: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    answer = api.open(path, method=method)

    assert answer.status_code == status
    assert error(answer)["code"] == code
    assert ("Allow" in answer.headers) == (status == 405)


def test_deployed_function_answers_by_the_same_routes(deployed: Scene, doors: Doors) -> None:
    url = doors.url("api") + PATH.lstrip("/")
    id_token = sign_in("backend", project=doors.project, senderUntil=2**40)
    body = {"uid": deployed.uid, "notification": {"title": "🎉", "body": TEXT}}

    def send(data: Any, **headers: str) -> requests.Response:
        return requests.post(url, json=data, headers=headers, timeout=CALL_LIMIT_S)

    nobody = send(body)
    bad = send({**body, "to": "all"}, Authorization=f"Bearer {id_token}")
    sent = send(body, Authorization=f"Bearer {id_token}")

    assert [error(nobody)["code"], error(bad)["field"]] == ["UNAUTHENTICATED", "to"]
    assert sent.status_code == 202
    document = deployed.client.document(f"outbox/{sent.json()['id']}").get().to_dict()
    assert document == {"uid": deployed.uid, "inbox": True, "title": "🎉", "body": TEXT}
