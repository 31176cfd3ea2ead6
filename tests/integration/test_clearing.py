"""Read here, clear there: what was read on one device is told to the user's others."""

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from firebell import clearing, outbox
from firebell.core import schema
from tests.integration.doors import Doors
from tests.integration.scene import Phone, Scene, complete, stored


def mark(scene: Scene, id: str = "n1", **fields: Any) -> None:
    """Change an inbox document as its owner does, and handle the event."""
    reference = scene.inbox_reference(id)
    before = reference.get()
    reference.update(fields)
    clearing.note_read(scene.uid, stored(before), stored(reference.get()), scene.services)


def read(scene: Scene, id: str = "n1") -> None:
    """Have the owner read a notification, and handle the event."""
    mark(scene, id, readAt=scene.clock.now)


def errands(scene: Scene) -> list[dict[str, Any]]:
    """Return what is left to do."""
    found = [document.to_dict() or {} for document in scene.client.collection("outbox").stream()]
    return [errand for errand in found if errand["uid"] == scene.uid]


def run(scene: Scene) -> None:
    """Let the window end, and do what is left to do."""
    scene.clock.pass_s(schema.CLEAR_WINDOW_S)
    for document in scene.client.collection("outbox").stream():
        outbox.deliver_task({"kind": "outbox", "id": document.id}, scene.services)


def told(scene: Scene, phone: Phone) -> list[list[str]]:
    """Return the ids that each clearing message for *phone* names."""
    messages = [received.message for received in scene.emulator.messages(phone.target)]
    return [
        json.loads(message["data"]["firebell"])["clear"]
        for message in messages
        if "firebell" in message.get("data", {}) and phone.platform != "web"
    ]


def badges(scene: Scene, phone: Phone) -> list[int]:
    """Return the number in each push for *phone* that sets its badge and shows nothing."""
    messages = [received.message for received in scene.emulator.messages(phone.target)]
    found = [message["apns"]["payload"]["aps"] for message in messages]
    return [aps["badge"] for aps in found if set(aps) == {"badge"}]


def test_read_on_one_device_clears_the_others(scene: Scene) -> None:
    android, ios, web = (scene.device(platform) for platform in ("android", "ios", "web"))
    scene.deliver(complete())

    read(scene)
    run(scene)

    assert told(scene, android) == [["n1"]]
    assert (told(scene, ios), badges(scene, ios)) == ([["n1"]], [0])
    assert len(scene.emulator.messages(web.target)) == 1
    assert errands(scene) == []


def test_message_wakes_the_android_app_and_shows_nothing(scene: Scene) -> None:
    phone = scene.device()
    scene.deliver(complete())
    before = scene.emulator.tray(phone.target)

    read(scene)
    run(scene)

    (_, clearing_message) = scene.emulator.messages(phone.target)
    assert clearing_message.shown is None
    assert clearing_message.data == {"firebell": '{"clear":["n1"]}'}
    assert scene.emulator.tray(phone.target) == before


def test_iphone_shows_the_count_and_nothing_more(scene: Scene) -> None:
    phone = scene.device("ios")
    for number in range(3):
        scene.deliver(complete(), id=f"n{number}")

    read(scene, "n1")
    run(scene)

    tray = scene.emulator.tray(phone.target)
    assert tray.badge == 2
    assert len(tray.notifications) == 3


def test_archiving_clears_as_reading_does(scene: Scene) -> None:
    phone = scene.device()
    scene.deliver(complete())

    mark(scene, archivedAt=scene.clock.now)
    run(scene)

    assert told(scene, phone) == [["n1"]]


def test_twenty_reads_in_a_window_are_one_push_for_each_device(scene: Scene) -> None:
    scene.clock.now = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    android, ios = scene.device("android"), scene.device("ios")
    names = [f"n{number}" for number in range(20)]
    for name in names:
        scene.deliver(complete(), id=name)

    for name in names:
        read(scene, name)
        scene.clock.pass_s(0.2)
    left = errands(scene)
    run(scene)

    assert len(left) == 1
    assert told(scene, android) == [names]
    assert (told(scene, ios), badges(scene, ios)) == ([names], [0])


def test_reads_of_two_windows_are_two_pushes(scene: Scene) -> None:
    phone = scene.device()
    for name in ("n1", "n2"):
        scene.deliver(complete(), id=name)

    read(scene, "n1")
    run(scene)
    read(scene, "n2")
    run(scene)

    assert told(scene, phone) == [["n1"], ["n2"]]


def test_read_that_is_known_only_after_its_window_is_told_with_the_next(scene: Scene) -> None:
    phone = scene.device()
    for name in ("n1", "n2"):
        scene.deliver(complete(), id=name)
    reference = scene.inbox_reference("n2")
    before = reference.get()
    reference.update({"readAt": scene.clock.now})
    late = reference.get()
    read(scene, "n1")
    run(scene)

    clearing.note_read(scene.uid, stored(before), stored(late), scene.services)
    run(scene)

    assert told(scene, phone) == [["n1"], ["n2"]]


def test_event_that_comes_again_tells_again_and_no_more(scene: Scene) -> None:
    phone = scene.device()
    scene.deliver(complete())
    reference = scene.inbox_reference()
    before = stored(reference.get())
    reference.update({"readAt": scene.clock.now})
    after = stored(reference.get())

    for _ in range(3):
        clearing.note_read(scene.uid, before, after, scene.services)
    run(scene)

    assert told(scene, phone) == [["n1"]]


def test_errand_that_gets_more_while_it_runs_stays_and_runs_again(scene: Scene) -> None:
    phone = scene.device()
    for name in ("n1", "n2"):
        scene.deliver(complete(), id=name)
    read(scene, "n1")
    (running,) = [stored(found) for found in scene.client.collection("outbox").stream()]
    read(scene, "n2")

    clearing.clear(running, scene.services)
    left = errands(scene)
    run(scene)

    assert [errand["ids"] for errand in left] == [["n1", "n2"]]
    assert told(scene, phone) == [["n1"], ["n1", "n2"]]
    assert errands(scene) == []


@pytest.mark.parametrize("platforms", [["web"], []], ids=["browsers", "no devices"])
def test_what_no_phone_was_sent_leaves_no_errand(scene: Scene, platforms: list[Any]) -> None:
    for platform in platforms:
        scene.device(platform)
    scene.deliver(complete())

    read(scene)

    assert errands(scene) == []


def test_notification_without_a_delivery_leaves_no_errand(scene: Scene) -> None:
    scene.device()
    scene.inbox(complete())

    read(scene)

    assert errands(scene) == []


def test_phone_that_registered_since_is_told_too(scene: Scene) -> None:
    scene.device()
    scene.deliver(complete())
    later = scene.device("ios")

    read(scene)
    run(scene)

    assert told(scene, later) == [["n1"]]


def test_switched_off_it_does_nothing(scene: Scene) -> None:
    off = dataclasses.replace(scene.services, clears_elsewhere=False)
    scene.device()
    scene.deliver(complete())

    read(dataclasses.replace(scene, services=off))

    assert errands(scene) == []


def test_iphone_is_woken_at_most_once_in_half_an_hour(scene: Scene) -> None:
    phone = scene.device("ios")
    names = [f"n{number}" for number in range(3)]
    for name in names:
        scene.deliver(complete(), id=name)

    for name, wait_s in zip(names, (0, 60, 1800), strict=True):
        scene.clock.pass_s(wait_s)
        read(scene, name)
        run(scene)

    assert told(scene, phone) == [["n0"], ["n2"]]
    assert badges(scene, phone) == [2, 1, 0]


def test_two_runs_at_once_wake_an_iphone_once(scene: Scene) -> None:
    phone = scene.device("ios")
    scene.deliver(complete())
    found = scene.services.devices.read(scene.uid)
    assert found is not None

    marks = [
        scene.services.devices.mark_woken(scene.uid, found[1], at=scene.clock.now) for _ in range(2)
    ]

    assert [mark is not None for mark in marks] == [True, False]
    assert scene.recipient()["devices"].keys() == {phone.id}


def test_erased_user_gets_nothing(scene: Scene) -> None:
    phone = scene.device()
    scene.deliver(complete())
    read(scene)
    scene.client.document(f"recipients/{scene.uid}").set({"erasedAt": scene.clock.now})

    run(scene)

    assert told(scene, phone) == []
    assert errands(scene) == []


def test_user_who_left_gets_nothing(scene: Scene) -> None:
    scene.device()
    scene.deliver(complete())
    read(scene)
    scene.client.document(f"recipients/{scene.uid}").delete()

    run(scene)

    assert errands(scene) == []


def test_device_that_is_gone_is_removed_and_the_others_are_told(scene: Scene) -> None:
    gone, phone = scene.device("ios"), scene.device("android")
    scene.deliver(complete())
    scene.emulator.unregister(gone.target)

    read(scene)
    run(scene)

    assert told(scene, phone) == [["n1"]]
    assert scene.recipient()["devices"].keys() == {phone.id}


@pytest.mark.parametrize("fault", ["UNAVAILABLE", "QUOTA_EXCEEDED", "SENDER_ID_MISMATCH"])
def test_what_fcm_refuses_is_let_go(scene: Scene, fault: str) -> None:
    phone = scene.device()
    scene.deliver(complete())
    read(scene)
    scene.emulator.fault(fault)

    run(scene)

    assert errands(scene) == []
    assert told(scene, phone) == []
    assert scene.recipient()["devices"][phone.id]["state"] == "active"


def test_what_seconds_cure_is_sent(scene: Scene) -> None:
    phone = scene.device()
    scene.deliver(complete())
    read(scene)
    scene.emulator.fault("UNAVAILABLE", times=1)

    run(scene)

    assert told(scene, phone) == [["n1"]]


def test_device_that_fcm_doubts_is_set_aside_and_asked_about(scene: Scene) -> None:
    phone = scene.device()
    scene.deliver(complete())
    read(scene)
    scene.emulator.fault("INVALID_ARGUMENT")

    run(scene)

    assert scene.recipient()["devices"][phone.id]["state"] == "quarantined"
    assert [errand["kind"] for errand in errands(scene)] == ["confirm"]


def test_errand_before_its_time_is_left(scene: Scene) -> None:
    phone = scene.device()
    scene.deliver(complete())
    read(scene)
    (document,) = scene.client.collection("outbox").stream()

    outbox.accept(stored(document), scene.services)
    outbox.deliver_task({"kind": "outbox", "id": document.id}, scene.services)

    assert told(scene, phone) == []
    assert [errand["ids"] for errand in errands(scene)] == [["n1"]]


def test_sweep_finds_an_errand_that_the_queue_lost(scene: Scene) -> None:
    scene.device()
    scene.deliver(complete())
    read(scene)
    (errand,) = scene.client.collection("outbox").stream()

    scene.clock.pass_s(schema.CLEAR_WINDOW_S)
    due = scene.services.store.due(schema.OUTBOX, scene.clock.now)

    assert [document_id for document_id, _ in due] == [errand.id]


def test_errand_that_is_none_never_comes_due_again(scene: Scene) -> None:
    odd = scene.client.document("outbox/odd")
    odd.set({"kind": "clear", "uid": scene.uid, "ids": "n1", "dueAt": scene.clock.now})

    run(scene)

    assert "dueAt" not in (odd.get().to_dict() or {})


def test_ids_that_fill_many_messages_all_arrive(scene: Scene) -> None:
    phone = scene.device()
    names = [f"{number:03}" + "ü" * 700 for number in range(12)]
    reference = scene.client.collection("outbox").document("many")
    reference.set({"kind": "clear", "uid": scene.uid, "ids": names})

    run(scene)

    batches = told(scene, phone)
    assert [name for batch in batches for name in batch] == names
    assert len(batches) > 1


def test_phone_whose_message_was_refused_gets_none_of_the_rest(scene: Scene) -> None:
    phone = scene.device()
    names = [f"{number:03}" + "ü" * 700 for number in range(12)]
    scene.client.document("outbox/many").set({"kind": "clear", "uid": scene.uid, "ids": names})
    scene.emulator.fault("SENDER_ID_MISMATCH", times=1)

    run(scene)

    assert told(scene, phone) == []


def test_errand_waits_while_sending_is_paused(scene: Scene) -> None:
    phone = scene.device()
    switch = scene.client.document("config/runtime")
    scene.deliver(complete())
    read(scene)
    switch.set({"sendingPaused": True})
    scene.clock.pass_s(60)

    run(scene)
    paused = told(scene, phone)
    switch.delete()
    scene.clock.pass_s(60)
    run(scene)

    assert paused == []
    assert told(scene, phone) == [["n1"]]


def test_events_of_a_read_reach_the_other_devices(deployed: Scene, doors: Doors) -> None:
    android, ios = deployed.device(), deployed.device("ios")
    id = f"Grüße-{deployed.uid}"
    assert doors.created(deployed.inbox(complete(), id=id)) == 200
    reference = deployed.inbox_reference(id)
    before = reference.get()
    reference.update({"readAt": deployed.clock.now})
    after = reference.get()

    statuses = [
        doors.updated(before, after, function="on_notification_updated"),
        doors.updated(before, after, function="on_notification_updated"),
        doors.updated(after, after, function="on_notification_updated"),
    ]

    left = list(deployed.client.collection("outbox").stream())
    for errand in (found for found in left if found.get("uid") == deployed.uid):
        errand.reference.update({"dueAt": deployed.clock.now})
        assert doors.created(errand, function="on_outbox_created") == 200
        task = {"kind": "outbox", "id": errand.id}
        assert doors.call("deliver", task).status_code == 200

    assert statuses == [200, 200, 200]
    assert {id for ids in told(deployed, android) for id in ids} == {id}
    assert set(badges(deployed, ios)) == {0}
    assert errands(deployed) == []
