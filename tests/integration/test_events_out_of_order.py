"""Events and tasks come early, late, twice, and to two instances at once: posted to real ones."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from tests.integration.doors import Doors
from tests.integration.scene import TEXT, Scene, Snapshot, complete
from tests.integration.trays import accepted

ROUNDS = 12


def test_task_before_its_event_does_nothing_and_the_event_delivers(
    deployed: Scene, doors: Doors
) -> None:
    phone = deployed.device()
    snapshot = deployed.inbox(complete())
    task = deployed.delivery_reference().id

    statuses = [doors.task("delivery", task), doors.created(snapshot), doors.task("delivery", task)]

    assert statuses == [200] * 3
    assert (deployed.record()["state"], deployed.record()["attempt"]) == ("done", 1)
    assert accepted(deployed, phone) == 1


def test_outbox_task_before_its_event_delivers_and_the_event_does_nothing(
    deployed: Scene, doors: Doors
) -> None:
    phone, id = deployed.device(), deployed.uid
    past = datetime.now(UTC) - timedelta(seconds=1)
    fields = {"uid": deployed.uid, "body": TEXT, "sendAt": past}
    snapshot = deployed.outbox(fields, id=id)

    statuses = [
        doors.task("outbox", id),
        doors.created(snapshot, function="on_outbox_created"),
        doors.task("outbox", id),
    ]

    assert statuses == [200] * 3
    assert deployed.record(id)["state"] == "done"
    assert accepted(deployed, phone) == 1
    assert not snapshot.reference.get().exists


def test_inbox_event_before_its_delivery_is_sent_meets_the_claim(
    deployed: Scene, doors: Doors
) -> None:
    phone, id = deployed.device(), deployed.uid
    deployed.emulator.fault(None, target=phone.target, delay_ms=500)
    snapshot = deployed.outbox({"uid": deployed.uid, "body": TEXT}, id=id)
    doors.url("on_notification_created")

    with ThreadPoolExecutor() as pool:
        sending = pool.submit(doors.created, snapshot, function="on_outbox_created")
        deployed.emulator.wait(1, target=phone.target)
        status = doors.created(deployed.inbox_reference(id).get())
        during = deployed.record(id)["state"]

    assert (sending.result(), status) == (200, 200)
    assert (during, deployed.record(id)["state"]) == ("claimed", "done")
    assert accepted(deployed, phone) == 1


def test_every_event_twice_at_two_instances_in_any_order_sends_once(
    deployed: Scene, doors: Doors
) -> None:
    phone = deployed.device()
    ids = [f"{deployed.uid}-{number}" for number in range(ROUNDS)]
    fields = {"uid": deployed.uid, "body": TEXT}
    outbox = [deployed.outbox(fields, id=id) for id in ids]
    inbox = [deployed.inbox(complete(), id=f"n{number}") for number in range(ROUNDS)]
    posts = [
        post
        for instance in (0, 1)
        for number in range(ROUNDS)
        for post in _posts(deployed, doors, outbox[number], inbox[number], instance)
    ]
    random.Random(5).shuffle(posts)
    for instance in (0, 1):
        for function in ("on_outbox_created", "on_notification_created", "deliver"):
            doors.url(function, instance=instance)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda post: post(), posts))

    delivered = [*ids, *(f"n{number}" for number in range(ROUNDS))]
    assert set(statuses) == {200}
    assert {deployed.record(id)["state"] for id in delivered} == {"done"}
    assert {deployed.record(id)["attempt"] for id in delivered} == {1}
    assert accepted(deployed, phone) == 2 * ROUNDS
    assert [snapshot.reference.get().exists for snapshot in outbox] == [False] * ROUNDS


def _posts(
    scene: Scene, doors: Doors, outbox: Snapshot, inbox: Snapshot, instance: int
) -> list[Callable[[], int]]:
    """Return what one instance gets for an outbox document and an inbox document."""
    task = scene.delivery_reference(inbox.id).id
    return [
        lambda: doors.created(outbox, function="on_outbox_created", instance=instance),
        lambda: doors.created(inbox, instance=instance),
        lambda: doors.task("outbox", outbox.id, instance=instance),
        lambda: doors.task("delivery", task, instance=instance),
    ]
