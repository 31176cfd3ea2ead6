"""An inbox document is created: what reaches the devices, and what is written."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.doors import Doors
from tests.integration.scene import TEXT, Scene, complete


def test_bare_document_reaches_each_platform_in_its_form(deployed: Scene, doors: Doors) -> None:
    phones = {platform: deployed.device(platform) for platform in ("android", "ios", "web")}
    snapshot = deployed.inbox({"message": TEXT, "id": "n1"})

    status = doors.created(snapshot)

    assert status == 200
    got = {name: deployed.emulator.messages(phone.target) for name, phone in phones.items()}
    (android,), (ios,), (web,) = got["android"], got["ios"], got["web"]
    assert android.message["notification"] == {"body": TEXT}
    assert android.message["android"]["notification"]["tag"] == "n1"
    assert ios.message["apns"]["payload"]["aps"]["alert"] == {"body": TEXT}
    assert ios.message["apns"]["headers"]["apns-collapse-id"] == "n1"
    assert "notification" not in web.message
    assert web.message["webpush"]["headers"]["Topic"] == "n1"
    assert {m.message["data"]["notificationId"] for m in (android, ios, web)} == {"n1"}
    assert [deployed.shown(phone) for phone in phones.values()] == [[TEXT]] * 3
    record = deployed.record()
    assert record["state"] == "done"
    assert {
        device_id: (line["outcome"], line["messageName"])
        for device_id, line in record["devices"].items()
    } == {phones[name].id: ("accepted", got[name][0].name) for name in phones}


def test_bare_document_is_stamped_so_that_queries_find_it(deployed: Scene, doors: Doors) -> None:
    snapshot = deployed.inbox({"message": TEXT, "id": "n1"})

    doors.created(snapshot)

    assert deployed.inbox_reference().get().to_dict() == {
        "message": TEXT,
        "id": "n1",
        "createdAt": snapshot.create_time,
        "readAt": None,
        "archivedAt": None,
    }


def test_complete_document_is_not_written(deployed: Scene, doors: Doors) -> None:
    snapshot = deployed.inbox(complete())

    doors.created(snapshot)

    assert deployed.inbox_reference().get().update_time == snapshot.update_time


def test_repeated_event_sends_nothing(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()
    snapshot = deployed.inbox({"message": TEXT, "id": "n1"})

    statuses = [doors.created(snapshot) for _ in range(3)]

    assert statuses == [200, 200, 200]
    assert deployed.shown(phone) == [TEXT]
    assert deployed.record()["attempt"] == 1


def test_two_instances_with_the_same_event_send_once(deployed: Scene, doors: Doors) -> None:
    phones = [deployed.device() for _ in range(3)]
    snapshots = [deployed.inbox({"message": TEXT}, id=f"n{i}") for i in range(10)]
    for instance in (0, 1):
        doors.url("on_notification_created", instance=instance)

    with ThreadPoolExecutor() as pool:
        events = [(snapshot, instance) for snapshot in snapshots for instance in (0, 1)]
        statuses = list(pool.map(lambda event: doors.created(event[0], instance=event[1]), events))

    assert set(statuses) == {200}
    assert [len(deployed.shown(phone)) for phone in phones] == [10, 10, 10]


def test_first_events_of_a_fresh_instance_may_come_together(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()
    snapshots = [deployed.inbox(complete(), id=f"n{i}") for i in range(8)]
    doors.url("on_notification_created", instance=2)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda snapshot: doors.created(snapshot, instance=2), snapshots))

    assert statuses == [200] * 8
    assert len(deployed.shown(phone)) == 8


def test_event_of_a_document_deleted_meanwhile_leaves_it_deleted(
    deployed: Scene, doors: Doors
) -> None:
    snapshot = deployed.inbox({"message": TEXT})
    deployed.inbox_reference().delete()

    status = doors.created(snapshot)

    assert status == 200
    assert not deployed.inbox_reference().get().exists


def test_what_the_owner_did_before_the_stamp_survives(deployed: Scene, doors: Doors) -> None:
    snapshot = deployed.inbox({"message": TEXT})
    read_at = datetime(2026, 1, 31, 9, tzinfo=UTC)
    deployed.inbox_reference().update({"readAt": read_at, "seenAt": read_at})

    doors.created(snapshot)

    assert deployed.inbox_reference().get().to_dict() == {
        "message": TEXT,
        "createdAt": snapshot.create_time,
        "readAt": read_at,
        "seenAt": read_at,
        "archivedAt": None,
    }


def test_twenty_devices_get_it(deployed: Scene, doors: Doors) -> None:
    phones = [deployed.device("web") for _ in range(20)]

    doors.created(deployed.inbox({"message": TEXT}))

    assert [deployed.shown(phone) for phone in phones] == [[TEXT]] * 20


@pytest.mark.parametrize(
    "stored_fields",
    [{}, {"readAt": None}, {"readAt": None, "archivedAt": None}],
    ids=["bare", "half", "complete"],
)
def test_unread_badge_counts_the_new_one_and_those_before(
    scene: Scene, stored_fields: dict[str, Any]
) -> None:
    phone = scene.device("ios")
    scene.inbox(complete(), id="unread")
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    scene.inbox(complete(readAt=long_ago), id="read")
    scene.inbox(complete(archivedAt=long_ago), id="archived")

    scene.deliver({"message": TEXT, "badge": "unread", **stored_fields})

    (message,) = scene.emulator.messages(phone.target)
    assert message.message["apns"]["payload"]["aps"]["badge"] == 2


def test_message_of_another_user_reaches_nobody_else(scene: Scene) -> None:
    mine, theirs = scene.device(), scene.device(uid="grace")

    scene.deliver({"message": TEXT}, uid="grace")

    assert scene.shown(mine) == []
    assert scene.shown(theirs) == [TEXT]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"push": False}, "push_off"),
        ({"expireAt": datetime.now(UTC) - timedelta(seconds=1)}, "expired"),
    ],
    ids=["push: false", "expireAt passed"],
)
def test_inbox_only_is_recorded_with_its_reason(
    scene: Scene, fields: dict[str, Any], reason: str
) -> None:
    phone = scene.device()

    record = scene.deliver({"message": TEXT, **fields})

    assert (record["state"], record["reason"]) == ("dropped", reason)
    assert "dueAt" not in record
    assert scene.shown(phone) == []
    assert "createdAt" in (scene.inbox_reference().get().to_dict() or {})


def test_erased_user_is_sent_nothing(scene: Scene) -> None:
    phone = scene.device()
    scene.client.document("recipients/ada").set({"erasedAt": datetime.now(UTC)})

    record = scene.deliver({"message": TEXT})

    assert record == {}
    assert not scene.inbox_reference().get().exists
    assert scene.shown(phone) == []
