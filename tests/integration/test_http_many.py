"""`POST /v1/notifications` to many users, with parameters, later, past the inbox, on trial."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from firebell import http, outbox
from firebell.core import lifecycle, schema
from tests.integration import api as calls
from tests.integration.api import PATH, error
from tests.integration.bill import Bill, meter
from tests.integration.scene import TEXT, Scene, stored

MANY = [f"user-{number}" for number in range(schema.MAX_SEND_UIDS)]


def accepted(
    api: FlaskClient, sender: dict[str, str], body: Any, **headers: str
) -> list[dict[str, str]]:
    answer = api.post(PATH, json=body, headers={**sender, **headers})
    assert answer.status_code == 202, answer.text
    found: list[dict[str, str]] = answer.get_json()["notifications"]
    return found


def test_each_of_500_users_gets_one_document(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    sent = accepted(api, sender, {"uids": MANY, "notification": {"body": TEXT}})

    assert [entry["uid"] for entry in sent] == MANY
    documents = calls.outbox(scene)
    assert {id: document["uid"] for id, document in documents.items()} == {
        entry["id"]: entry["uid"] for entry in sent
    }
    assert all(
        entry["deliveryId"] == lifecycle.delivery_id(entry["uid"], entry["id"]) for entry in sent
    )


def test_long_notification_to_500_users_is_accepted_whole(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    body = {"uids": MANY, "notification": {"body": "é" * 30_000}}

    accepted(api, sender, body)

    assert len(calls.outbox(scene)) == 500


def test_each_user_is_told_by_name(scene: Scene, api: FlaskClient, sender: dict[str, str]) -> None:
    scene.client.document("templates/hello").set({"body": "{{greeting}} {{name}}"})
    phones = [scene.device(uid="ada"), scene.device(uid="bob")]
    recipients = [{"uid": "ada", "params": {"name": "Ada"}}, {"uid": "bob"}]
    shared = {"template": "hello", "params": {"greeting": "Hi", "name": "you"}}

    for entry in accepted(api, sender, {"recipients": recipients, "notification": shared}):
        document = scene.client.document(f"outbox/{entry['id']}").get()
        outbox.accept(stored(document), scene.services)

    assert [scene.shown(phone) for phone in phones] == [["Hi Ada"], ["Hi you"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"uid": "ada", "notification": {"template": "absent"}}, "notification.template"),
        (
            {"recipients": [{"uid": "a", "params": {"name": "A"}}, {"uid": "b"}]},
            "recipients[1].params.name",
        ),
        ({"recipients": [{"uid": "a", "params": {"name": []}}]}, "recipients[0].params.name"),
        (
            {"recipients": [{"uid": u, "params": {"name": u, "__a__": 1}} for u in ("a", "b")]},
            "recipients[0].params.__a__",
        ),
        ({"uids": ["a", "b", "a"]}, "uids[2]"),
        ({"uids": [str(number) for number in range(501)]}, "uids"),
        ({"uid": "ada", "sendAt": "3000-01-01T00:00:00Z"}, "sendAt"),
    ],
    ids=[
        "no template",
        "no parameter",
        "wrong parameter",
        "reserved",
        "twice",
        "too many",
        "too late",
    ],
)
def test_whole_request_is_refused_for_one_fault(
    scene: Scene, api: FlaskClient, sender: dict[str, str], body: dict[str, Any], field: str
) -> None:
    scene.client.document("templates/hello").set({"body": "Hi {{name}}"})

    answer = api.post(PATH, json={"notification": {"template": "hello"}, **body}, headers=sender)

    assert (answer.status_code, error(answer)["field"]) == (400, field)
    assert calls.outbox(scene) == {}


def test_what_is_for_later_waits_in_the_index_of_due_work(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    phone = scene.device()
    send_at = scene.clock.now + timedelta(hours=1)
    body = {"uid": scene.uid, "notification": {"body": TEXT}, "sendAt": send_at.isoformat()}

    (entry,) = accepted(api, sender, body)
    snapshot = scene.client.document(f"outbox/{entry['id']}").get()
    spent = meter(scene.services.store._client).bill_of(
        lambda: outbox.accept(stored(snapshot), scene.services)
    )
    early = scene.shown(phone)
    due = scene.services.store.due(schema.OUTBOX, send_at)
    scene.clock.now = send_at
    outbox.deliver_task({"kind": "outbox", "id": entry["id"]}, scene.services)

    assert spent == Bill(reads=1)
    assert (early, due) == ([], [(entry["id"], send_at)])
    assert scene.shown(phone) == [TEXT]


def test_what_was_for_earlier_is_sent_at_once(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    body = {"uid": "ada", "notification": {"body": TEXT}, "sendAt": "0001-01-01T00:00:00Z"}

    (entry,) = accepted(api, sender, body)

    assert "dueAt" not in calls.outbox(scene)[entry["id"]]


def test_silent_notification_reaches_the_app_and_no_inbox(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    phone = scene.device()
    body = {"uid": scene.uid, "inbox": False, "notification": {"data": {"sync": "orders"}}}

    (entry,) = accepted(api, sender, body)
    document = scene.client.document(f"outbox/{entry['id']}").get()
    outbox.accept(stored(document), scene.services)

    (received,) = scene.emulator.messages(phone.target)
    assert "notification" not in received.message
    assert received.message["data"]["sync"] == "orders"
    assert not scene.inbox_reference(entry["id"]).get().exists


def test_trial_is_checked_by_fcm_and_delivered_to_nobody(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    phone = scene.device()
    body = {"uid": scene.uid, "validateOnly": True, "notification": {"body": TEXT}}

    (entry,) = accepted(api, sender, body)
    document = scene.client.document(f"outbox/{entry['id']}").get()
    outbox.accept(stored(document), scene.services)

    assert scene.record(entry["id"])["reason"] == "validate_only"
    assert scene.shown(phone) == []
    assert not scene.inbox_reference(entry["id"]).get().exists


def test_firestore_is_asked_once_for_each_user_and_batch(
    scene: Scene, sender: dict[str, str]
) -> None:
    client = http.create_app(scene.services).test_client()
    body = {"uids": MANY, "notification": {"body": TEXT}}
    counting = meter(scene.services.store._client)
    accepted(client, sender, body)  # takes a block of permits for what follows

    bills = [
        counting.bill_of(lambda: accepted(client, sender, body)),
        counting.bill_of(lambda: accepted(client, sender, body, **{"Idempotency-Key": "k"})),
        counting.bill_of(lambda: accepted(client, sender, body, **{"Idempotency-Key": "k"})),
    ]

    assert bills == [Bill(writes=500), Bill(writes=503), Bill(reads=1)]
