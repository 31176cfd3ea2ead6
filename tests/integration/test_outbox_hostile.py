"""Outbox documents that would loop or vanish: each ends, and a record or a log line says so."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from firebell import outbox
from firebell.core import lifecycle, schema
from tests.integration.scene import A_RUN, TEXT, Scene, stored

NEVER = datetime.max.replace(tzinfo=UTC)


def accept(scene: Scene, fields: dict[str, Any]) -> None:
    outbox.accept(stored(scene.outbox(fields)), scene.services)


def due(scene: Scene) -> list[str]:
    found = scene.services.store.due(schema.OUTBOX, scene.clock.now + timedelta(days=400))
    return [id for id, _ in found]


def test_uid_that_no_record_could_hold_is_cut_in_its_rejection(scene: Scene) -> None:
    endless = "x" * 1_000_000

    accept(scene, {"uid": endless, "body": TEXT, "dueAt": scene.clock.now, "dueShard": 1})

    cut = endless[: schema.MAX_UID_CHARS]
    record = scene.client.document(f"deliveries/{lifecycle.delivery_id(cut, 'n1')}").get()
    assert (record.get("state"), record.get("field")) == ("rejected", "uid")
    assert due(scene) == []


@pytest.mark.parametrize("field", ["dueAt", "dueShard", "createdAt"])
def test_index_fields_of_a_wrong_type_are_recorded(scene: Scene, field: str) -> None:
    send_at = scene.clock.now + timedelta(days=40)

    accept(scene, {"uid": scene.uid, "body": TEXT, "sendAt": send_at, field: "tomorrow"})

    record = scene.record()
    assert (record["state"], record["field"]) == ("rejected", field)


def test_half_an_index_entry_is_completed(scene: Scene) -> None:
    send_at = scene.clock.now + timedelta(days=40)

    accept(scene, {"uid": scene.uid, "body": TEXT, "sendAt": send_at, "dueAt": send_at})

    assert due(scene) == ["n1"]


def test_document_that_the_inbox_has_already_is_kept_and_told(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    scene.inbox({"body": "Another"})

    accept(scene, {"uid": scene.uid, "body": TEXT, "sendAt": scene.clock.now})

    assert scene.client.document("outbox/n1").get().exists
    assert due(scene) == []
    said = capfd.readouterr()
    assert "outbox document rejected" in said.out + said.err


def test_repeated_event_of_a_delivered_document_is_no_collision(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    snapshot = stored(scene.outbox({"uid": scene.uid, "body": TEXT}))

    outbox.accept(snapshot, scene.services)
    outbox.accept(snapshot, scene.services)

    said = capfd.readouterr()
    assert "outbox document rejected" not in said.out + said.err


@pytest.mark.parametrize("inbox", [True, False], ids=["for the inbox", "not for the inbox"])
@pytest.mark.parametrize("is_read_away", [False, True], ids=["kept", "deleted from the inbox"])
def test_delivered_document_that_comes_back_sends_nothing_and_goes(
    scene: Scene, inbox: bool, is_read_away: bool
) -> None:
    phone = scene.device()
    fields = {"uid": scene.uid, "body": TEXT, "inbox": inbox}
    accept(scene, fields)
    if is_read_away:
        scene.inbox_reference().delete()

    accept(scene, fields)

    assert not scene.client.document("outbox/n1").get().exists
    assert scene.shown(phone) == [TEXT]


def test_another_document_under_a_delivered_ones_id_is_kept_and_told(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    scene.deliver({"body": "Another"})

    accept(scene, {"uid": scene.uid, "body": TEXT})

    assert scene.client.document("outbox/n1").get().get("expireAt") is not None
    said = capfd.readouterr()
    assert "outbox document rejected" in said.out + said.err


def test_repeated_event_leaves_the_document_of_a_waiting_delivery(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    snapshot = stored(scene.outbox({"uid": scene.uid, "body": TEXT, "inbox": False}))
    outbox.accept(snapshot, scene.services)

    outbox.accept(snapshot, scene.services)
    scene.make_due()
    scene.again()

    assert scene.record()["state"] == "done"
    assert scene.shown(phone) == [TEXT]
    assert not scene.client.document("outbox/n1").get().exists
