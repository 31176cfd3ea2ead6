"""A function is killed with SIGKILL at a named point, and its instance is started anew.

Each time the platform delivers the event again, which meets the dead run's lease and leaves the
delivery to the sweep. Moving `dueAt` back stands for the lease's two minutes.
"""

from datetime import UTC, datetime

import pytest

from firebell.core import schema
from tests.integration.doors import DIED, DOOMED, Doors
from tests.integration.scene import TEXT, Scene, complete
from tests.integration.trays import accepted, phones_of_each_platform, texts_on_screen


def let_lease_end(scene: Scene, id: str = "n1") -> None:
    scene.delivery_reference(id).update({"dueAt": datetime.now(UTC)})


def take_over(scene: Scene, doors: Doors, id: str = "n1") -> None:
    """Let the lease end and do what the sweep does: hand the delivery to `deliver`."""
    let_lease_end(scene, id)
    assert doors.task("delivery", scene.delivery_reference(id).id) == 200


def outcomes(scene: Scene, id: str = "n1") -> list[str]:
    return [line["outcome"] for line in scene.record(id)["devices"].values()]


@pytest.mark.parametrize(
    ("failpoint", "sent"),
    [("after:store.claim", 1), ("before:fcm.send", 1), ("after:fcm.send", 2)],
)
def test_killed_before_recording_is_taken_over_and_shown_once(
    deployed: Scene, doors: Doors, failpoint: str, sent: int
) -> None:
    phones = phones_of_each_platform(deployed)
    snapshot = deployed.inbox({"message": TEXT})
    doors.kill_at(failpoint)

    statuses = [doors.created(snapshot, instance=DOOMED) for _ in range(2)]
    left_behind = deployed.record()
    take_over(deployed, doors)

    assert statuses == [DIED, 200]
    assert (left_behind["state"], left_behind["devices"]) == ("claimed", {})
    record = deployed.record()
    assert (record["state"], record["attempt"]) == ("done", 2)
    assert outcomes(deployed) == ["accepted"] * 3
    assert [accepted(deployed, phone) for phone in phones] == [sent] * 3
    assert [texts_on_screen(deployed, phone) for phone in phones] == [[TEXT]] * 3
    assert "readAt" in (deployed.inbox_reference().get().to_dict() or {})


def test_killed_after_recording_repeats_nothing(deployed: Scene, doors: Doors) -> None:
    phones = phones_of_each_platform(deployed)
    snapshot = deployed.inbox({"message": TEXT})
    doors.kill_at("after:store.update_delivery")

    statuses = [doors.created(snapshot, instance=DOOMED) for _ in range(2)]

    assert statuses == [DIED, 200]
    assert (deployed.record()["state"], deployed.record()["attempt"]) == ("done", 1)
    assert [accepted(deployed, phone) for phone in phones] == [1] * 3
    assert "readAt" in (deployed.inbox_reference().get().to_dict() or {})


def test_killed_before_removing_a_device_removes_it_with_the_next_notification(
    deployed: Scene, doors: Doors
) -> None:
    gone, kept = deployed.device(), deployed.device("ios")
    deployed.emulator.unregister(gone.target)
    doors.kill_at("before:devices.settle")

    status = doors.created(deployed.inbox(complete()), instance=DOOMED)
    held = set(deployed.recipient()["devices"])
    doors.created(deployed.inbox(complete(), id="n2"))

    assert status == DIED
    assert deployed.record()["devices"][gone.id]["outcome"] == "gone"
    assert held == {gone.id, kept.id}
    assert set(deployed.recipient()["devices"]) == {kept.id}
    assert texts_on_screen(deployed, kept) == [TEXT] * 2


def test_killed_in_a_retry_after_sending_is_shown_once(deployed: Scene, doors: Doors) -> None:
    reached, waiting = deployed.device("ios"), deployed.device()
    deployed.emulator.fault("QUOTA_EXCEEDED", target=waiting.target, times=1)
    doors.created(deployed.inbox(complete()), instance=DOOMED)
    deployed.make_due()
    doors.kill_at("after:fcm.send")

    status = doors.task("delivery", deployed.delivery_reference().id, instance=DOOMED)
    take_over(deployed, doors)

    assert status == DIED
    assert (deployed.record()["state"], deployed.record()["attempt"]) == ("done", 3)
    assert [accepted(deployed, phone) for phone in (reached, waiting)] == [1, 2]
    assert [texts_on_screen(deployed, phone) for phone in (reached, waiting)] == [[TEXT]] * 2


@pytest.mark.parametrize("inbox", [True, False], ids=["for the inbox", "not for the inbox"])
@pytest.mark.parametrize("failpoint", ["before", "after"])
def test_killed_around_the_outbox_batch_delivers_once(
    deployed: Scene, doors: Doors, failpoint: str, inbox: bool
) -> None:
    phone, id = deployed.device(), deployed.uid
    fields = {"uid": deployed.uid, "body": TEXT, "inbox": inbox}
    snapshot = deployed.outbox(fields, id=id)
    doors.kill_at(f"{failpoint}:store.claim_from_outbox")

    statuses = [
        doors.created(snapshot, function="on_outbox_created", instance=DOOMED) for _ in range(2)
    ]
    if failpoint == "after":
        take_over(deployed, doors, id)

    assert statuses == [DIED, 200]
    assert deployed.record(id)["state"] == "done"
    assert accepted(deployed, phone) == 1
    assert not snapshot.reference.get().exists
    assert deployed.inbox_reference(id).get().exists == inbox


def test_document_that_kills_its_function_each_time_is_given_up(
    deployed: Scene, doors: Doors
) -> None:
    phone = deployed.device()
    snapshot = deployed.inbox(complete())
    task = deployed.delivery_reference().id
    doors.kill_at("before:fcm.send")
    killed = [doors.created(snapshot, instance=DOOMED)]
    deployed.delivery_reference().update({"cutOff": schema.MAX_CUT_OFF - 1})

    let_lease_end(deployed)
    doors.kill_at("before:fcm.send")
    killed.append(doors.task("delivery", task, instance=DOOMED))
    take_over(deployed, doors)

    assert killed == [DIED, DIED]
    record = deployed.record()
    assert (record["state"], record["reason"]) == ("gaveUp", "gave_up")
    assert record["cutOff"] == schema.MAX_CUT_OFF + 1
    assert "dueAt" not in record
    assert accepted(deployed, phone) == 0
