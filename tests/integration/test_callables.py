"""The callables as client SDKs call them: over HTTP, signed in or not."""

import hashlib
from typing import Any

import pytest

from fcm_emulator.targets import Target, new_fid
from tests.integration.doors import Doors
from tests.integration.identity import sign_in
from tests.integration.scene import Scene, complete
from tests.integration.subscriptions import at_fcm

CALLABLES = (
    "register_device",
    "unregister_device",
    "list_devices",
    "subscribe",
    "unsubscribe",
    "send_test_notification",
    "record_open",
)


def body(target: Target) -> dict[str, Any]:
    return {"target": {"kind": target.kind, "value": target.value}, "platform": "web"}


@pytest.fixture
def id_token(deployed: Scene, doors: Doors) -> str:
    return sign_in(deployed.uid, project=doors.project)


def test_device_is_registered_and_unregistered(
    deployed: Scene, doors: Doors, id_token: str
) -> None:
    target = new_fid()
    deployed.secrets.append(target.value)

    registered = doors.call("register_device", body(target), id_token)
    devices = set(deployed.recipient()["devices"])
    removed = doors.call("unregister_device", {"target": body(target)["target"]}, id_token)

    assert registered.json() == {"result": {"deviceId": target.value}}
    assert devices == {target.value}
    assert removed.json() == {"result": {"removed": True}}
    assert deployed.recipient()["devices"] == {}


@pytest.mark.parametrize("function", CALLABLES)
@pytest.mark.parametrize("id_token", [None, "garbage"], ids=["none", "garbage"])
def test_nobody_signed_in_is_unauthenticated(
    deployed: Scene, doors: Doors, function: str, id_token: str | None
) -> None:
    answer = doors.call(function, body(new_fid()), id_token)

    assert answer.status_code == 401
    assert answer.json()["error"]["status"] == "UNAUTHENTICATED"


def test_user_of_another_project_is_unauthenticated(deployed: Scene, doors: Doors) -> None:
    foreign = sign_in(deployed.uid, project="demo-elsewhere")

    answer = doors.call("register_device", body(new_fid()), foreign)

    assert answer.status_code == 401
    assert deployed.recipient() == {}


@pytest.mark.parametrize(
    ("function", "data", "field"),
    [
        ("register_device", {**body(new_fid()), "platform": "windows"}, "platform"),
        ("register_device", {"target": {"kind": "fid", "value": "no FID"}}, "target.value"),
        ("register_device", None, "document"),
        ("register_device", {**body(new_fid()), "colour": "red"}, "colour"),
        ("unregister_device", {"target": "x"}, "target"),
        ("subscribe", {"topic": "/topics/public-news"}, "topic"),
        ("subscribe", {"topic": "public-news", "uid": "grace"}, "uid"),
        ("unsubscribe", {"topic": None}, "topic"),
        ("list_devices", {"uid": "grace"}, "uid"),
        ("send_test_notification", {"title": "Your bank"}, "title"),
        ("record_open", {"notificationId": "a/b"}, "notificationId"),
        ("record_open", None, "document"),
    ],
)
def test_bad_call_names_the_field(
    doors: Doors, id_token: str, function: str, data: Any, field: str
) -> None:
    answer = doors.call(function, data, id_token)

    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["status"], error["details"]) == ("INVALID_ARGUMENT", {"field": field})
    assert error["message"].startswith(f"{field}: ")


def test_devices_are_listed_without_their_targets(
    deployed: Scene, doors: Doors, id_token: str
) -> None:
    phone = deployed.device()

    answer = doors.call("list_devices", None, id_token)

    (listed,) = answer.json()["result"]["devices"]
    assert listed["device"] == hashlib.sha256(phone.target.value.encode()).hexdigest()[:16]
    assert phone.id not in answer.text


def test_topic_is_joined_and_left(deployed: Scene, doors: Doors, id_token: str) -> None:
    phone, stranger = deployed.device(), deployed.device(uid=f"eve-{deployed.uid}")
    name = f"public-{deployed.uid}"

    joined = doors.call("subscribe", {"topic": name}, id_token)
    at_first = at_fcm(deployed, phone.target), at_fcm(deployed, stranger.target)
    left = doors.call("unsubscribe", {"topic": name}, id_token)

    assert joined.json() == {"result": {"topic": name, "subscribed": True}}
    assert at_first == ({name}, set())
    assert left.json() == {"result": {"topic": name, "subscribed": False}}
    assert at_fcm(deployed, phone.target) == set()


def test_closed_topic_is_denied_with_its_reason(doors: Doors, id_token: str) -> None:
    answer = doors.call("subscribe", {"topic": "staff"}, id_token)

    assert answer.status_code == 403
    assert answer.json()["error"]["details"] == {"reason": "topic_closed"}


def test_eleventh_test_notification_is_told_when_to_come_back(
    deployed: Scene, doors: Doors, id_token: str
) -> None:
    answers = [doors.call("send_test_notification", None, id_token) for _ in range(21)]

    sent = [answer for answer in answers if answer.status_code == 200]
    (refused, *_) = [answer for answer in answers if answer.status_code != 200]
    assert 10 <= len(sent) <= 20  # the minute may end meanwhile
    assert set(sent[0].json()["result"]) == {"notificationId"}
    assert refused.status_code == 429
    error = refused.json()["error"]
    assert error["status"] == "RESOURCE_EXHAUSTED"
    assert 1 <= error["details"]["retryAfterSeconds"] <= 60


def test_opening_is_recorded_in_the_own_inbox_alone(
    deployed: Scene, doors: Doors, id_token: str
) -> None:
    deployed.inbox(complete())
    eve = sign_in(f"eve-{deployed.uid}", project=doors.project)

    stolen = doors.call("record_open", {"notificationId": "n1"}, eve)
    opened = doors.call("record_open", {"notificationId": "n1"}, id_token)

    assert (stolen.status_code, stolen.json()["error"]["status"]) == (404, "NOT_FOUND")
    assert set(opened.json()["result"]) == {"openedAt"}
    assert (deployed.inbox_reference().get().to_dict() or {})["readAt"] is not None


def test_erased_user_is_denied(deployed: Scene, doors: Doors, id_token: str) -> None:
    erased = {"erasedAt": deployed.clock.now}
    deployed.client.document(f"recipients/{deployed.uid}").set(erased)

    answer = doors.call("register_device", body(new_fid()), id_token)

    assert answer.status_code == 403
    error = answer.json()["error"]
    assert error["status"] == "PERMISSION_DENIED"
    assert error["details"] == {"reason": "user_erased"}
