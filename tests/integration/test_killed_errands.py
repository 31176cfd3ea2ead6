"""A function is killed in the middle of an errand, or after counting a push that a cap limits."""

from datetime import UTC, datetime

import pytest
from google.cloud.firestore_v1.base_query import FieldFilter

from firebell.core import schema
from firebell.core.membership import errand_id
from tests.integration.doors import DIED, DOOMED, Doors
from tests.integration.scene import TEXT, Scene, Snapshot, complete
from tests.integration.subscriptions import at_fcm, subscribe
from tests.integration.trays import accepted, texts_on_screen


def errands(scene: Scene) -> list[Snapshot]:
    outbox = scene.client.collection("outbox")
    return list(outbox.where(filter=FieldFilter("uid", "==", scene.uid)).stream())


def due_errand(scene: Scene) -> str:
    """Return the id of the only errand of the scene's user, made due now."""
    (errand,) = errands(scene)
    errand.reference.update({"dueAt": datetime.now(UTC)})
    return str(errand.id)


@pytest.mark.parametrize("failpoint", ["after:fcm.send", "after:devices.revise"])
def test_killed_while_asking_about_a_doubted_device_removes_it_all_the_same(
    deployed: Scene, doors: Doors, failpoint: str
) -> None:
    doubted, kept = deployed.device(), deployed.device("ios")
    deployed.emulator.fault("INVALID_ARGUMENT", target=doubted.target)
    doors.created(deployed.inbox(complete()))
    id = due_errand(deployed)
    doors.kill_at(failpoint)

    statuses = [
        doors.task("outbox", id, instance=DOOMED),
        doors.task("outbox", id, instance=DOOMED),
    ]

    assert statuses == [DIED, 200]
    assert set(deployed.recipient()["devices"]) == {kept.id}
    assert errands(deployed) == []


def test_killed_before_a_doubted_device_is_set_aside_doubts_it_again(
    deployed: Scene, doors: Doors
) -> None:
    phone = deployed.device()
    deployed.emulator.fault("INVALID_ARGUMENT", target=phone.target, times=2)
    doors.kill_at("before:devices.settle")

    status = doors.created(deployed.inbox(complete()), instance=DOOMED)
    before = deployed.recipient()["devices"][phone.id]["state"]
    left = [errand.get("deviceId") for errand in errands(deployed)]
    doors.created(deployed.inbox(complete(), id="n2"))
    set_aside = deployed.recipient()["devices"][phone.id]["state"]
    doors.task("outbox", due_errand(deployed))

    assert (status, before, set_aside) == (DIED, "active", "quarantined")
    assert left == [phone.id]  # first: set aside without it, nobody would ask again
    assert deployed.recipient()["devices"][phone.id]["state"] == "active"
    assert errands(deployed) == []


def test_killed_after_telling_what_was_read_tells_it_again_and_shows_nothing(
    deployed: Scene, doors: Doors
) -> None:
    phone = deployed.device()
    before = deployed.inbox(complete())
    doors.created(before)
    deployed.inbox_reference().update({"readAt": datetime.now(UTC)})
    after = deployed.inbox_reference().get()
    doors.updated(before, after, function="on_notification_updated")
    id = due_errand(deployed)
    doors.kill_at("after:fcm.send")

    statuses = [
        doors.task("outbox", id, instance=DOOMED),
        doors.task("outbox", id, instance=DOOMED),
    ]

    assert statuses == [DIED, 200]
    assert accepted(deployed, phone) == 3
    assert texts_on_screen(deployed, phone) == [TEXT]
    assert errands(deployed) == []


def test_update_before_its_creation_leaves_the_delivery_to_the_creation(
    deployed: Scene, doors: Doors
) -> None:
    phone = deployed.device()
    created = deployed.inbox({"message": TEXT})
    deployed.inbox_reference().update({"readAt": datetime.now(UTC)})
    updated = deployed.inbox_reference().get()

    statuses = [
        doors.updated(created, updated, function="on_notification_updated"),
        doors.created(created),
        doors.updated(created, updated, function="on_notification_updated"),
    ]

    assert statuses == [200] * 3
    assert (deployed.record()["state"], accepted(deployed, phone)) == ("done", 1)
    assert (deployed.inbox_reference().get().to_dict() or {})["readAt"] is not None
    assert len(errands(deployed)) == 1


def test_killed_after_counting_a_capped_push_sends_it_and_counts_it_once(
    deployed: Scene, doors: Doors
) -> None:
    phone = deployed.device()
    caps: dict[str, object] = {deployed.uid: {"most": 1, "windowSeconds": schema.MAX_CAP_WINDOW_S}}
    deployed.client.document("config/runtime").set({"caps": caps}, merge=True)
    for function in ("on_notification_created", "deliver"):
        doors.end(function, instance=DOOMED)  # it may have read config/runtime a moment ago
    doors.kill_at("after:counters.increment")

    status = doors.created(deployed.inbox(complete(category=deployed.uid)), instance=DOOMED)
    deployed.make_due()
    doors.task("delivery", deployed.delivery_reference().id, instance=DOOMED)

    assert status == DIED
    assert deployed.record()["state"] == "done"
    assert accepted(deployed, phone) == 1


@pytest.mark.parametrize("failpoint", ["before:topics.tell", "after:topics.tell"])
def test_killed_while_telling_fcm_of_topics_tells_it_again(
    deployed: Scene, doors: Doors, failpoint: str
) -> None:
    phone = deployed.device()
    subscribe(deployed, "public-news")
    subscribe(deployed, "public-alerts")
    recipient = deployed.client.document(f"recipients/{deployed.uid}")
    recipient.update({"topics": ["public-alerts", "public-more"]})
    id = errand_id(deployed.uid)
    errand = {"kind": "topics", "uid": deployed.uid, "dueAt": datetime.now(UTC), "dueShard": 0}
    deployed.client.document("outbox", id).set(errand)
    doors.kill_at(failpoint)

    statuses = [
        doors.task("outbox", id, instance=DOOMED),
        doors.task("outbox", id, instance=DOOMED),
    ]

    assert statuses == [DIED, 200]
    assert at_fcm(deployed, phone.target) == {"public-alerts", "public-more"}
    assert errands(deployed) == []
