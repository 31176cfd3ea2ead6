"""`POST /v1/notifications`: who may, what is accepted, and how each refusal is told."""

from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from firebell.core import lifecycle
from tests.integration.api import PATH, bearer, error, outbox
from tests.integration.doors import CALL_LIMIT_S, Doors
from tests.integration.identity import sign_in
from tests.integration.scene import TEXT, Scene


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
    ((id, document),) = outbox(scene).items()
    accepted = {"uid": "ada", "id": id, "deliveryId": lifecycle.delivery_id("ada", id)}
    assert answer.get_json() == {"notifications": [accepted]}
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
    document = (
        deployed.client.document(f"outbox/{sent.json()['notifications'][0]['id']}").get().to_dict()
    )
    assert document == {"uid": deployed.uid, "inbox": True, "title": "🎉", "body": TEXT}
