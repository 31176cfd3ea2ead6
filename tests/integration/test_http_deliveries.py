"""`GET /v1/deliveries/{id}`: who may see what became of a notification, and what they see."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firebell import http, outbox
from firebell.core import lifecycle, membership
from firebell.database import Stored
from firebell.outbox_store import OutboxStore
from tests.integration.api import PATH, bearer, error
from tests.integration.bill import Bill, meter
from tests.integration.identity import sign_in
from tests.integration.scene import A_RUN, TEXT, Scene, complete, stored


def user(scene: Scene, uid: str) -> dict[str, str]:
    """Return the header of an ordinary user."""
    id_token = sign_in(uid, project="demo-firebell")
    scene.secrets.append(id_token)
    return {"Authorization": f"Bearer {id_token}"}


def ask(api: FlaskClient, headers: dict[str, str], id: str, **query: str) -> TestResponse:
    return api.get(f"/v1/deliveries/{id}", headers=headers, query_string=query)


def test_sender_is_told_each_devices_outcome(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    reached, gone = scene.device("ios"), scene.device("web")
    scene.emulator.unregister(gone.target)
    record = scene.deliver(complete())
    id = scene.delivery_reference().id

    answer = ask(api, sender, id)

    said = answer.get_json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert (said["id"], said["uid"], said["notificationId"]) == (id, scene.uid, "n1")
    assert (said["state"], said["reason"], said["attempt"]) == ("done", None, 1)
    outcomes = {device["platform"]: device["outcome"] for device in said["devices"]}
    assert outcomes == {"ios": "accepted", "web": "gone"}
    names = {device["platform"]: device["messageName"] for device in said["devices"]}
    assert names["ios"] == record["devices"][reached.id]["messageName"]
    for phone in (reached, gone):
        assert phone.id not in answer.text
        assert phone.target.value not in answer.text


def test_why_nobody_got_it_is_told_in_plain_words(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    scene.deliver(complete())

    said = ask(api, sender, scene.delivery_reference().id).get_json()

    assert (said["state"], said["reason"]) == ("dropped", "no_recipient")
    assert (
        said["explanation"] == "Nobody was to get a push: the user has never registered a device."
    )


def test_what_waits_is_told_until_when(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    scene.device()
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    due_at = scene.deliver(complete())["dueAt"]

    said = ask(api, sender, scene.delivery_reference().id).get_json()

    assert (said["state"], said["reason"]) == ("waiting", "try_again")
    assert said["nextTryAt"] == due_at.isoformat().replace("+00:00", "Z")
    assert said["devices"][0]["code"] == "UNAVAILABLE"


def test_what_was_wrong_is_told(scene: Scene, api: FlaskClient, sender: dict[str, str]) -> None:
    scene.deliver(complete(title=7))

    said = ask(api, sender, scene.delivery_reference().id).get_json()

    assert (said["state"], said["field"]) == ("rejected", "title")
    assert said["problem"] == "must be a string, not a number"


def test_user_sees_its_own(scene: Scene, api: FlaskClient) -> None:
    scene.deliver(complete())

    assert ask(api, user(scene, scene.uid), scene.delivery_reference().id).status_code == 200


@pytest.mark.parametrize("is_there", [True, False], ids=["somebody else's", "missing"])
def test_user_learns_nothing_of_what_is_not_its_own(
    scene: Scene, api: FlaskClient, is_there: bool
) -> None:
    if is_there:
        scene.deliver(complete())
    id = scene.delivery_reference().id

    answer = ask(api, user(scene, "eve"), id, notification="n1")

    assert answer.status_code == 404
    assert error(answer) == {
        "code": "NOT_FOUND",
        "message": f"delivery {id} does not exist",
        "field": None,
        "reason": None,
    }


def test_sender_no_longer_one_sees_its_own_alone(scene: Scene, api: FlaskClient) -> None:
    scene.deliver(complete())

    expired = bearer(scene, senderUntil=1)

    assert ask(api, expired, scene.delivery_reference().id).status_code == 404


def test_nobody_is_unauthenticated(scene: Scene, api: FlaskClient) -> None:
    scene.deliver(complete())

    assert ask(api, {}, scene.delivery_reference().id).status_code == 401


@pytest.mark.parametrize("id", ["n1", "0" * 31, "G" * 32, "0" * 33, "%00", "é", ".."])
def test_what_is_no_id_is_not_found(api: FlaskClient, sender: dict[str, str], id: str) -> None:
    answer = ask(api, sender, id)

    assert (answer.status_code, error(answer)["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("later_s", [0, 3600])
def test_what_has_not_begun_is_told_to_who_names_it(
    scene: Scene, api: FlaskClient, sender: dict[str, str], later_s: int
) -> None:
    send_at = scene.clock.now + timedelta(seconds=later_s)
    body: dict[str, Any] = {"uid": scene.uid, "notification": {"body": TEXT}}
    body["sendAt"] = send_at.isoformat()
    (entry,) = api.post(PATH, json=body, headers=sender).get_json()["notifications"]
    id, named = entry["deliveryId"], {"notification": entry["id"]}

    said = ask(api, sender, id, **named).get_json()
    statuses = [
        ask(api, user(scene, scene.uid), id, **named).status_code,
        ask(api, user(scene, "eve"), id, **named).status_code,
        ask(api, sender, id).status_code,
        ask(api, sender, "0" * 32, **named).status_code,
    ]

    assert (said["state"], said["uid"]) == ("scheduled" if later_s else "accepted", scene.uid)
    assert (said["nextTryAt"] is None) == (later_s == 0)
    assert statuses == [200, 404, 404, 404]


def test_errand_is_no_notification(scene: Scene, api: FlaskClient, sender: dict[str, str]) -> None:
    errand = {"kind": membership.KIND, "uid": scene.uid}
    scene.services.outbox.leave_errand("topics-x", errand, due_at=scene.clock.now)

    id = lifecycle.delivery_id(scene.uid, "topics-x")

    assert ask(api, sender, id, notification="topics-x").status_code == 404


class BegunMeanwhile(OutboxStore):
    """The outbox, whose first reader always comes just too late."""

    scene: Scene

    def read(self, document_id: str) -> Stored | None:
        found = super().read(document_id)
        if found is None:
            return None
        outbox.accept(found, self.scene.services)
        return super().read(document_id)


def test_delivery_that_begins_while_it_is_asked_for_is_found(
    scene: Scene, sender: dict[str, str]
) -> None:
    scene.outbox({"uid": scene.uid, "body": TEXT}, id="n1")
    late = BegunMeanwhile(scene.client, due_shard=lambda: 0)
    late.scene = scene
    api = http.create_app(dataclasses.replace(scene.services, outbox=late)).test_client()

    answer = ask(api, sender, scene.delivery_reference().id, notification="n1")

    assert (answer.status_code, answer.get_json()["state"]) == (200, "dropped")


def test_id_of_a_notification_that_cannot_be_one_is_refused(
    api: FlaskClient, sender: dict[str, str]
) -> None:
    answer = ask(api, sender, "0" * 32, notification="a/b")

    assert (answer.status_code, error(answer)["field"]) == (400, "notification")


def test_answer_costs_one_read(scene: Scene, api: FlaskClient, sender: dict[str, str]) -> None:
    scene.deliver(complete())
    id = scene.delivery_reference().id
    ask(api, sender, id)  # takes a block of permits for what follows
    document = scene.outbox({"uid": scene.uid, "body": TEXT}, id="n2")
    pending = lifecycle.delivery_id(scene.uid, "n2")
    counting = meter(scene.services.store._client)

    bills = [
        counting.bill_of(lambda: ask(api, sender, id)),
        counting.bill_of(lambda: ask(api, sender, pending, notification="n2")),
    ]
    outbox.accept(stored(document), scene.services)

    assert bills == [Bill(reads=1), Bill(reads=2)]
