"""`Idempotency-Key`: a repeat gets the same answer and sends nothing twice, whatever happened."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firebell import accepting, http, outbox
from firebell.accepting import Repeatable
from firebell.core import send_request
from firebell.core.model import AcceptedRequest
from firebell.core.send_request import Item
from firebell.errors import InvalidRequest
from tests.integration import api as calls
from tests.integration.api import PATH, bearer, error
from tests.integration.doors import CALL_LIMIT_S, DOOMED, Doors
from tests.integration.identity import sign_in
from tests.integration.scene import TEXT, Scene, stored

BODY = {"uids": ["ada", "bob"], "notification": {"body": TEXT}}
KEY = {"Idempotency-Key": "order 17, shipped"}
MANY = 450
"""Users whose documents take three commits."""


def post(api: FlaskClient, headers: dict[str, str], body: Any = BODY) -> TestResponse:
    return api.post(PATH, json=body, headers=headers)


def request_document(scene: Scene) -> dict[str, Any]:
    (found,) = scene.client.collection("requests").stream()
    return found.to_dict() or {}


def test_repeat_gets_the_same_answer_and_creates_nothing(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    first, second = (post(api, {**sender, **KEY}) for _ in range(2))

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.get_json() == second.get_json()
    assert len(calls.outbox(scene)) == 2


def test_repeat_after_delivery_sends_nothing(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    phone = scene.device(uid="ada")
    post(api, {**sender, **KEY})
    for id in calls.outbox(scene):
        outbox.accept(stored(scene.client.document(f"outbox/{id}").get()), scene.services)

    assert post(api, {**sender, **KEY}).status_code == 202

    assert calls.outbox(scene) == {}
    assert scene.shown(phone) == [TEXT]


def test_key_stands_for_one_body(scene: Scene, api: FlaskClient, sender: dict[str, str]) -> None:
    post(api, {**sender, **KEY})

    answer = post(api, {**sender, **KEY}, {**BODY, "uids": ["ada"]})

    assert answer.status_code == 409
    refusal = error(answer)
    assert (refusal["code"], refusal["field"]) == ("ALREADY_EXISTS", "Idempotency-Key")
    assert len(calls.outbox(scene)) == 2


def test_order_of_fields_makes_no_other_body(api: FlaskClient, sender: dict[str, str]) -> None:
    first = post(api, {**sender, **KEY})

    second = post(api, {**sender, **KEY}, dict(reversed(BODY.items())))

    assert first.get_json() == second.get_json()


def test_key_is_its_senders_own(scene: Scene, api: FlaskClient, sender: dict[str, str]) -> None:
    id_token = sign_in("another", project="demo-firebell", senderUntil=2**40)
    scene.secrets.append(id_token)

    first = post(api, {**sender, **KEY})
    second = post(api, {"Authorization": f"Bearer {id_token}", **KEY})

    assert (first.status_code, second.status_code) == (202, 202)
    assert len(calls.outbox(scene)) == 4


def test_without_a_key_each_call_is_another(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    for _ in range(2):
        post(api, sender)

    assert len(calls.outbox(scene)) == 4


@pytest.mark.parametrize("refused_at", [0, 300])
@pytest.mark.parametrize("has_key", [False, True])
def test_caller_is_blamed_only_while_nothing_is_written(
    scene: Scene, refused_at: int, has_key: bool
) -> None:
    names = ["__a__" if number == refused_at else "a" for number in range(MANY)]
    items = tuple(Item(uid=f"u{n}", params={name: 1}) for n, name in enumerate(names))
    checked = send_request.read({"uid": "ada", "notification": {"body": TEXT}}, now=scene.clock.now)
    repeatable = Repeatable(caller="c", key="k", body_hash="b") if has_key else None

    with pytest.raises(RuntimeError if refused_at else InvalidRequest):
        accepting.accept(replace(checked, items=items), scene.services, repeatable=repeatable)

    assert len(calls.outbox(scene)) == (200 if refused_at else 0)


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "tab\there"], ids=ascii)
def test_key_of_another_form_is_refused(
    scene: Scene, api: FlaskClient, sender: dict[str, str], key: str
) -> None:
    answer = post(api, {**sender, "Idempotency-Key": key})

    assert (answer.status_code, error(answer)["field"]) == (400, "Idempotency-Key")
    assert calls.outbox(scene) == {}


def test_request_is_forgotten_after_48_hours_and_names_nobody(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    post(api, {**sender, **KEY})

    document = request_document(scene)
    assert document["expireAt"] == scene.clock.now + timedelta(hours=48)
    assert (document["state"], document["caller"]) == (
        "done",
        send_request.caller_hash("user:backend"),
    )
    said = str(document)
    assert not any(word in said for word in ("ada", "bob", "backend", TEXT, KEY["Idempotency-Key"]))


def test_repeat_is_answered_when_its_template_is_gone(scene: Scene, sender: dict[str, str]) -> None:
    template = scene.client.document("templates/hello")
    template.set({"body": "Hi"})
    body = {"uid": "ada", "notification": {"template": "hello"}}
    api = http.create_app(scene.services).test_client()
    first = post(api, {**sender, **KEY}, body)
    template.delete()
    scene.clock.pass_s(301)
    later = bearer(scene, senderUntil=2**40)

    second, fresh = (post(api, {**later, **key}, body) for key in (KEY, {"Idempotency-Key": "n"}))

    assert first.get_json() == second.get_json()
    assert (fresh.status_code, error(fresh)["field"]) == (400, "notification.template")


def test_simultaneous_calls_create_each_document_once(scene: Scene, sender: dict[str, str]) -> None:
    body = {"uids": [f"u{number}" for number in range(MANY)], "notification": {"body": TEXT}}
    apps = [http.create_app(scene.services).test_client() for _ in range(6)]

    with ThreadPoolExecutor(len(apps)) as pool:
        answers = list(pool.map(lambda api: post(api, {**sender, **KEY}, body), apps))

    assert [answer.status_code for answer in answers] == [202] * 6
    assert len({answer.text for answer in answers}) == 1
    assert len(calls.outbox(scene)) == MANY


@pytest.fixture
def mortal(deployed: Scene, doors: Doors) -> Iterator["Mortal"]:
    yield Mortal(deployed, doors)
    doors.end("api", instance=DOOMED)


class Mortal:
    """A backend that sends, with one key, to users of its own through an instance that may die."""

    def __init__(self, scene: Scene, doors: Doors) -> None:
        self.doors = doors
        self.scene = scene
        self.uids = [f"{scene.uid}-{number}" for number in range(MANY)]
        id_token = sign_in(scene.uid, project=doors.project, senderUntil=2**40)
        scene.secrets.append(id_token)
        self.headers = {"Authorization": f"Bearer {id_token}", "Idempotency-Key": scene.uid}

    def send(self) -> requests.Response | None:
        url = self.doors.url("api", instance=DOOMED) + PATH.lstrip("/")
        body = {"uids": self.uids, "notification": {"body": TEXT}}
        try:
            return requests.post(url, json=body, headers=self.headers, timeout=CALL_LIMIT_S)
        except requests.ConnectionError:
            self.doors.end("api", instance=DOOMED)
            return None

    def documents(self) -> dict[str, str]:
        """Return the uid of each of this backend's outbox documents by id."""
        found = calls.outbox(self.scene)
        return {id: d["uid"] for id, d in found.items() if d["uid"].startswith(self.scene.uid)}


@pytest.mark.parametrize(
    ("failpoint", "created"),
    [("before:requests.advance", 0), ("after:requests.advance", 200)],
)
def test_call_that_was_killed_is_finished_by_its_repeat(
    mortal: Mortal, failpoint: str, created: int
) -> None:
    mortal.doors.kill_at(failpoint)

    killed = mortal.send()
    left_behind = mortal.documents()
    answers = [mortal.send() for _ in range(2)]

    assert (killed, len(left_behind)) == (None, created)
    assert [answer and answer.status_code for answer in answers] == [202, 202]
    assert answers[0] is not None
    sent = {entry["id"]: entry["uid"] for entry in answers[0].json()["notifications"]}
    assert sent == mortal.documents()
    assert sorted(sent.values()) == sorted(mortal.uids)
    assert left_behind.items() <= sent.items()


def test_what_was_delivered_before_the_repeat_is_not_sent_again(mortal: Mortal) -> None:
    scene = mortal.scene
    mortal.doors.kill_at("after:requests.advance")
    mortal.send()
    id, uid = next(iter(mortal.documents().items()))
    phone = scene.device(uid=uid)
    outbox.accept(stored(scene.client.document(f"outbox/{id}").get()), scene.services)

    answer = mortal.send()

    assert answer is not None
    assert {"uid": uid, "id": id} in [
        {"uid": entry["uid"], "id": entry["id"]} for entry in answer.json()["notifications"]
    ]
    assert id not in mortal.documents()
    assert len(mortal.documents()) == MANY - 1
    assert scene.shown(phone) == [TEXT]


def test_call_that_fell_behind_brings_nothing_back(scene: Scene) -> None:
    store, now = scene.services.requests, scene.clock.now
    request = AcceptedRequest(
        id="r1", caller="c", body_hash="b", seed="s", created_at=now, count=3, written=1
    )
    first = store.advance(request, None, {"n1": {"uid": "ada"}})
    second = {"n2": {"uid": "bob"}}

    ahead = store.advance(replace(request, written=2), first, second)
    scene.client.document("outbox/n2").delete()  # as its delivery does
    behind = store.advance(replace(request, written=2), first, second)

    assert ahead is not None
    assert behind is None
    assert set(calls.outbox(scene)) == {"n1"}
