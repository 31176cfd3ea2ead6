"""Inbox documents that cannot be delivered, and odd ones that can."""

from datetime import UTC, datetime
from typing import Any

import pytest

from firebell.core import schema
from tests.integration.doors import Doors
from tests.integration.scene import TEXT, Scene

WRONG: dict[str, tuple[Any, str]] = {
    "title": (7, "title"),
    "body": (["a"], "body"),
    "message": ({"text": TEXT}, "message.text"),
    "category": (True, "category"),
    "priority": ("urgent", "priority"),
    "urgent": ("yes", "urgent"),
    "image": ("http://example.com/a.png", "image"),
    "link": ({}, "link"),
    "actions": ([{"id": "open"}], "actions[0].title"),
    "data": ({"count": 3}, "data.count"),
    "sound": (b"beep", "sound"),
    "badge": ("all", "badge"),
    "collapseKey": ("k" * 65, "collapseKey"),
    "ttlSeconds": (1.5, "ttlSeconds"),
    "expireAt": ("tomorrow", "expireAt"),
    "push": (0, "push"),
    "localizations": ({"de": {"text": TEXT}}, "localizations.de.text"),
    "template": ("a/b", "template"),
    "params": ({"order": 7}, "params"),
    "createdAt": ("now", "createdAt"),
    "readAt": (False, "readAt"),
    "seenAt": (1, "seenAt"),
    "archivedAt": ([], "archivedAt"),
    "openedAt": ("", "openedAt"),
    "sendAt": (datetime(2100, 1, 1, tzinfo=UTC), "sendAt"),
    "subject": ("an unknown field", "subject"),
    "from": (None, "from"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_field_is_recorded_by_its_name(deployed: Scene, doors: Doors, name: str) -> None:
    phone = deployed.device()
    value, field = WRONG[name]
    fields = {name: value} if name in ("body", "message") else {"body": TEXT, name: value}
    snapshot = deployed.inbox(fields)

    statuses = [doors.created(snapshot), doors.created(snapshot)]

    assert statuses == [200, 200]
    record = deployed.record()
    assert (record["state"], record["field"], record["attempt"]) == ("rejected", field, 1)
    assert record["problem"]
    assert "dueAt" not in record
    assert deployed.shown(phone) == []
    assert deployed.inbox_reference().get().to_dict() == fields


def test_every_field_is_tried_with_a_wrong_value() -> None:
    assert set(WRONG) >= schema.INBOX_FIELDS - {"id"}


def test_field_id_is_the_backends_own(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()

    doors.created(deployed.inbox({"message": TEXT, "id": 42}))

    assert deployed.shown(phone) == [TEXT]


@pytest.mark.parametrize("fields", [{}, {"id": "n1", "data": {"a": "b"}}], ids=["empty", "silent"])
def test_nothing_to_show_is_refused(deployed: Scene, doors: Doors, fields: dict[str, Any]) -> None:
    status = doors.created(deployed.inbox(fields))

    assert status == 200
    assert (deployed.record()["state"], deployed.record()["field"]) == ("rejected", "body")


def test_text_that_cannot_fit_is_refused_with_its_size(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()
    body = TEXT + "x" * (4097 - len(TEXT))

    status = doors.created(deployed.inbox({"body": body}))

    record = deployed.record()
    assert status == 200
    assert (record["state"], record["field"]) == ("rejected", "body")
    assert "4099" in record["problem"]  # the text and its quotation marks
    assert deployed.shown(phone) == []


@pytest.mark.parametrize("platform", ["android", "ios", "web"])
def test_longest_text_that_fits_is_accepted_by_fcm(
    deployed: Scene, doors: Doors, platform: Any
) -> None:
    phone = deployed.device(platform)
    doors.created(deployed.inbox({"body": "é" * 3000}))
    over = int(deployed.record()["problem"].split()[3]) - schema.MAX_PAYLOAD_BYTES
    longest = "x" * (6000 - over)

    doors.created(deployed.inbox({"body": longest + "x"}, id="n2"))
    doors.created(deployed.inbox({"body": longest}, id="n3"))

    assert deployed.record("n2")["state"] == "rejected"
    assert deployed.record("n3")["state"] == "done"
    assert deployed.shown(phone) == [longest]


def test_user_without_recipient_is_recorded(deployed: Scene, doors: Doors) -> None:
    status = doors.created(deployed.inbox({"message": TEXT}))

    record = deployed.record()
    assert status == 200
    assert (record["state"], record["reason"]) == ("dropped", "no_recipient")


ODD = {
    "spaces": " a  b",
    "unicode": "Łódź",
    "ends in a byte that Latin-1 calls a space": "voilà",
    "emoji": "👩‍🚀🎉",
    "right to left": "مرحبا",
    "dots": "a.b..c",
    "percent": "100%25%",
    "quotes": "a'b\"c`d\\e",
    "punctuation": "?#&+;,=@:$!*()[]{}<>|^~",
    "looks decoded already": "Ã©",
    "as long as may be": "x" * 1500,
    "as long as may be, in emoji": "🎉" * 375,
}


@pytest.mark.parametrize("id", ODD.values(), ids=ODD)
def test_odd_id_is_delivered(deployed: Scene, doors: Doors, id: str) -> None:
    phone = deployed.device()
    snapshot = deployed.inbox({"message": TEXT}, id=id)

    status = doors.created(snapshot)

    assert status == 200
    assert deployed.record(id)["state"] == "done"
    (message,) = deployed.emulator.messages(phone.target)
    assert message.message["data"]["notificationId"] == id
    assert "readAt" in (deployed.inbox_reference(id).get().to_dict() or {})


@pytest.mark.parametrize("uid", ODD.values(), ids=ODD)
def test_odd_uid_is_delivered(deployed: Scene, doors: Doors, uid: str) -> None:
    unique = f"{deployed.uid}{uid}"[: schema.MAX_UID_CHARS]
    phone = deployed.device(uid=unique)
    snapshot = deployed.inbox({"message": TEXT}, uid=unique)

    status = doors.created(snapshot)

    assert status == 200
    assert deployed.record(uid=unique)["state"] == "done"
    assert deployed.shown(phone) == [TEXT]


def test_uid_longer_than_any_is_refused(deployed: Scene, doors: Doors) -> None:
    uid = "u" * 1400

    status = doors.created(deployed.inbox({"message": TEXT}, uid=uid))

    record = deployed.record(uid=uid)
    assert status == 200
    assert (record["state"], record["field"]) == ("rejected", "uid")
