"""The outbox: at once, for later, without inbox; and the sweep behind it."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest

from firebell import outbox
from firebell.core import schema
from tests.integration.doors import Doors
from tests.integration.scene import A_RUN, TEXT, Scene, stored
from tests.integration.senders import ThenDo, with_sender


def accept(scene: Scene, fields: dict[str, Any], *, id: str = "n1") -> dict[str, Any]:
    """Put a document into the outbox and handle its event; return its delivery."""
    snapshot = scene.outbox({"uid": scene.uid, **fields}, id=id)
    outbox.accept(stored(snapshot), scene.services)
    return scene.record(id)


def due(scene: Scene, *, id: str = "n1") -> dict[str, Any]:
    """Handle a task for an outbox document; return its delivery."""
    outbox.deliver_task({"kind": "outbox", "id": id}, scene.services)
    return scene.record(id)


def kept(scene: Scene, *, id: str = "n1") -> dict[str, Any] | None:
    """Return the outbox document, None when it is gone."""
    return scene.client.document(f"outbox/{id}").get().to_dict()


def test_document_is_delivered_into_inbox_and_devices(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()
    id = deployed.uid
    snapshot = deployed.outbox({"uid": deployed.uid, "body": TEXT, "inbox": True}, id=id)

    statuses = [doors.created(snapshot, function="on_outbox_created") for _ in range(2)]

    assert statuses == [200, 200]
    assert deployed.shown(phone) == [TEXT]
    assert (deployed.record(id)["state"], deployed.record(id)["source"]) == ("done", "inbox")
    assert kept(deployed, id=id) is None
    inbox = deployed.inbox_reference(id).get().to_dict() or {}
    assert isinstance(inbox.pop("createdAt"), datetime)
    assert inbox == {"body": TEXT, "readAt": None, "archivedAt": None}


def test_inbox_trigger_afterwards_finds_it_claimed(scene: Scene) -> None:
    phone = scene.device()
    accept(scene, {"body": TEXT})
    copy = scene.inbox_reference().get()

    scene.event(copy)

    assert scene.shown(phone) == [TEXT]
    assert scene.inbox_reference().get().update_time == copy.update_time


def test_document_not_for_the_inbox_leaves_none_and_goes(scene: Scene) -> None:
    phone = scene.device()

    record = accept(scene, {"body": TEXT, "inbox": False})

    assert (record["state"], record["source"]) == ("done", "outbox")
    assert scene.shown(phone) == [TEXT]
    assert not scene.inbox_reference().get().exists
    assert kept(scene) is None


def test_document_not_for_the_inbox_is_kept_while_a_device_waits(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)

    first = accept(scene, {"body": TEXT, "inbox": False})
    held = kept(scene)
    scene.clock.pass_s(10)
    second = scene.again()

    assert (first["state"], second["state"]) == ("waiting", "done")
    assert held is not None
    assert kept(scene) is None
    assert scene.shown(phone) == [TEXT]


def test_document_that_reached_nobody_is_kept_for_thirty_days(scene: Scene) -> None:
    scene.device()
    scene.emulator.fault("THIRD_PARTY_AUTH_ERROR", times=1)

    record = accept(scene, {"body": TEXT, "inbox": False})

    expire_at = scene.clock.now + timedelta(days=30)
    assert record["state"] == "failed"
    assert kept(scene) == {"uid": scene.uid, "body": TEXT, "inbox": False, "expireAt": expire_at}


def test_document_that_reached_nobody_keeps_an_end_of_its_own(scene: Scene) -> None:
    scene.device()
    scene.emulator.fault("QUOTA_EXCEEDED", times=1)
    expire_at = scene.clock.now + timedelta(seconds=10)

    record = accept(scene, {"body": TEXT, "inbox": False, "expireAt": expire_at, "ttlSeconds": 1})

    assert record["state"] == "gaveUp"
    assert (kept(scene) or {})["expireAt"] == expire_at


def test_silent_document_wakes_apps_unseen_and_no_browser(scene: Scene) -> None:
    android, ios, web = (scene.device(platform) for platform in ("android", "ios", "web"))

    record = accept(scene, {"inbox": False, "data": {"sync": "now"}})

    assert record["state"] == "done"
    assert record["devices"][web.id]["outcome"] == "skipped"
    assert record["devices"][web.id]["reason"] == "silent_web"
    (to_android,) = scene.emulator.messages(android.target)
    (to_ios,) = scene.emulator.messages(ios.target)
    assert "notification" not in to_android.message
    assert to_ios.message["apns"]["payload"] == {"aps": {"content-available": 1}}
    assert {m.message["data"]["sync"] for m in (to_android, to_ios)} == {"now"}
    assert scene.emulator.messages(web.target) == []


def test_scheduled_document_comes_when_due_and_not_before(scene: Scene) -> None:
    phone = scene.device()
    send_at = scene.clock.now + timedelta(hours=1)

    at_once = accept(scene, {"body": TEXT, "sendAt": send_at})
    scheduled = kept(scene) or {}
    early = due(scene)
    before = scene.shown(phone)
    scene.clock.pass_s(3600)
    after = [due(scene), due(scene)]

    assert (at_once, early, before) == ({}, {}, [])
    assert scheduled["dueAt"] == send_at
    assert scheduled["dueShard"] in range(schema.DUE_SHARDS)
    assert [record["state"] for record in after] == ["done", "done"]
    assert scene.shown(phone) == [TEXT]
    assert kept(scene) is None
    inbox = scene.inbox_reference().get().to_dict() or {}
    assert inbox["createdAt"] == scene.clock.now
    assert "sendAt" not in inbox


def test_repeated_event_of_a_document_delivered_since_sends_nothing(scene: Scene) -> None:
    phone = scene.device()
    send_at = scene.clock.now + timedelta(minutes=1)
    snapshot = scene.outbox({"uid": scene.uid, "body": TEXT, "sendAt": send_at})
    outbox.accept(stored(snapshot), scene.services)
    scene.clock.pass_s(60)
    due(scene)

    outbox.accept(stored(snapshot), scene.services)

    assert scene.shown(phone) == [TEXT]
    assert kept(scene) is None


def test_scheduled_document_without_inbox_is_due_once(scene: Scene) -> None:
    phone = scene.device()
    accept(scene, {"body": TEXT, "inbox": False, "sendAt": scene.clock.now + timedelta(minutes=1)})
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)

    scene.clock.pass_s(60)
    first = due(scene)
    waiting = kept(scene) or {}
    second = due(scene)

    assert first["state"] == "waiting"
    assert "dueAt" not in waiting
    assert second == first
    assert scene.shown(phone) == []


REJECTED: dict[str, tuple[dict[str, Any], str]] = {
    "no uid": ({"uid": None, "body": TEXT}, "uid"),
    "uid of another type": ({"uid": 7, "body": TEXT}, "uid"),
    "uid that is no document id": ({"uid": "a/b", "body": TEXT}, "uid"),
    "nothing to show": ({"body": None}, "body"),
    "unknown field": ({"body": TEXT, "to": "all"}, "to"),
    "inbox of another type": ({"body": TEXT, "inbox": "no"}, "inbox"),
    "sendAt of another type": ({"body": TEXT, "sendAt": "tomorrow"}, "sendAt"),
    "owner's field": ({"body": TEXT, "readAt": None}, "readAt"),
}


@pytest.mark.parametrize(("fields", "field"), REJECTED.values(), ids=REJECTED)
def test_rejected_document_keeps_its_content_and_never_comes_due(
    scene: Scene, fields: dict[str, Any], field: str
) -> None:
    scene.device()
    fields = {"uid": scene.uid, "dueAt": scene.clock.now, "dueShard": 3, **fields}
    scene.outbox(fields)

    due(scene)
    due(scene)

    (record,) = [found.to_dict() or {} for found in scene.client.collection("deliveries").stream()]
    assert (record["state"], record["field"], record["notificationId"]) == ("rejected", field, "n1")
    assert "dueAt" not in record
    content = {name: value for name, value in fields.items() if name not in ("dueAt", "dueShard")}
    a_month_later = scene.clock.now + timedelta(seconds=schema.KEPT_OUTBOX_LIFE_S)
    assert kept(scene) == {**content, "expireAt": a_month_later}
    assert scene.emulator.messages() == []


def test_text_that_cannot_fit_is_rejected_and_keeps_its_content(scene: Scene) -> None:
    scene.device()

    record = accept(scene, {"body": "x" * 4097, "inbox": False})

    assert (record["state"], record["field"]) == ("rejected", "body")
    assert (kept(scene) or {})["body"] == "x" * 4097


def test_id_of_a_notification_already_in_the_inbox_loses_neither(scene: Scene) -> None:
    phone = scene.device()
    scene.inbox({"message": TEXT})

    accept(scene, {"body": f"{TEXT}, really"})

    assert scene.shown(phone) == []
    assert (scene.inbox_reference().get().to_dict() or {})["message"] == TEXT
    assert (kept(scene) or {})["body"] == f"{TEXT}, really"


def test_id_used_by_another_user_is_no_collision(scene: Scene) -> None:
    phone = scene.device()
    scene.deliver({"message": TEXT}, uid="grace")

    accept(scene, {"body": TEXT})

    assert scene.shown(phone) == [TEXT]


def test_erased_user_is_sent_nothing_from_the_outbox(scene: Scene) -> None:
    scene.client.document("recipients/ada").set({"erasedAt": scene.clock.now})

    record = accept(scene, {"body": TEXT, "inbox": False})

    assert record == {}
    assert kept(scene) is None


def test_what_is_scheduled_for_an_erased_user_does_not_wait_for_its_time(scene: Scene) -> None:
    scene.client.document("recipients/ada").set({"erasedAt": scene.clock.now})

    record = accept(scene, {"body": TEXT, "sendAt": scene.clock.now + timedelta(days=60)})

    assert record == {}
    assert kept(scene) is None


def test_far_future_is_left_to_the_sweep(scene: Scene) -> None:
    send_at = scene.clock.now + timedelta(days=400)

    accept(scene, {"body": TEXT, "sendAt": send_at})

    assert (kept(scene) or {})["dueAt"] == send_at
    later = dataclasses.replace(scene.services, clock=lambda: send_at)
    assert later.store.due(schema.OUTBOX, send_at) == [("n1", send_at)]


def test_failure_is_recorded_though_its_document_was_deleted_meanwhile(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("SENDER_ID_MISMATCH", target=phone.target)
    reference = scene.client.document("outbox/n1")
    sender = ThenDo(sender=scene.services.fcm, then=reference.delete)

    record = accept(with_sender(scene, sender), {"body": TEXT, "inbox": False})

    assert (record["state"], record["reason"]) == ("failed", "configuration")
    assert record["devices"][phone.id]["code"] == "SENDER_ID_MISMATCH"
