import json
from collections.abc import Callable
from typing import Any

import pytest

from fcm_emulator.client import CallFailed, EmulatorClient
from fcm_emulator.limits import Limits, Use, Window
from fcm_emulator.targets import Target, new_fid
from fcm_emulator.tests.conftest import Reply, Sender

Start = Callable[..., tuple[Any, str]]
SECOND = 1_000_000_000
GOOGLE_S = {
    "messagesPerMinute": 600_000,
    "androidMessagesPerMinute": 240,
    "androidMessagesPerHour": 5_000,
    "collapsibleBurst": 20,
    "collapsibleRefillS": 180,
    "topicChangesPerSecond": 3_000,
}


def limits(sender: Sender) -> Any:
    path = f"/emulator/v1/projects/{sender.project}/limits"
    return sender.post(b"", path=path, method="GET").json


def details(reply: Reply) -> dict[str, Any]:
    return {detail["@type"].rpartition(".")[2]: detail for detail in reply.error["details"]}


def advance(sender: Sender, seconds: float) -> None:
    path = f"/emulator/v1/projects/{sender.project}/clock:advance"
    assert sender.post(json.dumps({"seconds": seconds}).encode(), path=path).http_status == 200


def test_a_window_begins_with_its_first_event_and_refills_at_once() -> None:
    window, start = Window(60 * SECOND), 7 * SECOND
    for at in (start, start + 59 * SECOND):
        assert not window.is_full(2, at)
        window.count()

    assert window.is_full(2, start + 60 * SECOND - 1)
    assert window.left_s(start + 30 * SECOND) == 30
    assert window.left_s(start + 60 * SECOND - 1) == 1
    assert not window.is_full(2, start + 60 * SECOND)


def test_an_android_device_gets_its_messages_by_the_minute_and_by_the_hour() -> None:
    use = Use(Limits(android_messages_per_minute=3, android_messages_per_hour=5))
    minutes = [[use.take_for_android("a", m * 60 * SECOND) for _ in range(4)] for m in range(3)]

    assert [sum(minute) for minute in minutes] == [3, 2, 0]
    assert use.take_for_android("b", 0)
    assert use.take_for_android("a", 3600 * SECOND)


def test_collapsible_messages_have_a_burst_and_then_one_permit_per_refill() -> None:
    use = Use(Limits(collapsible_burst=2, collapsible_refill_s=180))
    at = 1_000 * SECOND

    assert [use.take_collapsible("a", at) for _ in range(2)] == [None, None]
    first = use.take_collapsible("a", at)
    shared = use.take_collapsible("a", at + 100 * SECOND)
    assert first == shared == at + 180 * SECOND, "those who wait collapse into one"
    assert use.take_collapsible("a", first) == first + 180 * SECOND
    assert use.take_collapsible("b", at) is None
    later = first + 100 * 180 * SECOND
    assert [use.take_collapsible("a", later) for _ in range(2)] == [None, None]
    assert use.take_collapsible("a", later) is not None, "idle time adds nothing to the burst"


def test_what_a_device_used_is_forgotten_with_it() -> None:
    use = Use(Limits(android_messages_per_minute=1))
    assert use.take_for_android("a", 0)
    assert not use.take_for_android("a", 0)

    use.forget("a")

    assert use.take_for_android("a", 0)


def test_limits_are_google_s_until_they_are_changed(sender: Sender, fcm: EmulatorClient) -> None:
    before = limits(sender)
    fcm.limit(messagesPerMinute=5, collapsibleBurst=None)

    assert before == GOOGLE_S
    assert limits(sender) == GOOGLE_S | {"messagesPerMinute": 5, "collapsibleBurst": None}
    fcm.reset()
    assert limits(sender) == GOOGLE_S


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ({"messagesPerHour": 1}, "messagesPerHour: must be one of messagesPerMinute, "),
        ({"messagesPerMinute": -1}, "messagesPerMinute: "),
        ({"messagesPerMinute": "1"}, "body: "),
        ({"collapsibleRefillS": 10**9 + 1}, "collapsibleRefillS: "),
        ({"collapsibleRefillS": 10**400}, "collapsibleRefillS|body"),
        ({"collapsibleRefillS": None}, "body: "),
    ],
)
def test_a_wrong_limit_is_named_and_changes_nothing(
    sender: Sender, fcm: EmulatorClient, call: dict[str, Any], problem: str
) -> None:
    with pytest.raises(CallFailed, match=problem):
        fcm.limit(**call)

    assert limits(sender) == GOOGLE_S


def test_limits_are_options_of_the_command(start: Start) -> None:
    _, address = start("--messages-per-minute", "1", "--collapsible-burst", "none")
    sender = Sender(address=address, project="demo-p")

    assert limits(sender) == GOOGLE_S | {"messagesPerMinute": 1, "collapsibleBurst": None}
    assert [sender.send({"topic": "t"}).http_status for _ in range(2)] == [200, 429]


def test_all_limits_can_be_lifted(start: Start) -> None:
    _, address = start("--no-limits")

    lifted = limits(Sender(address=address, project="demo-p"))

    assert lifted == dict.fromkeys(GOOGLE_S, None) | {"collapsibleRefillS": 180}


def test_a_project_over_its_quota_waits_for_the_next_minute(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.limit(messagesPerMinute=2)
    for _ in range(2):
        assert sender.send({"fid": phone.value}).http_status == 200

    over = sender.send({"fid": phone.value})

    assert (over.http_status, over.error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert over.fcm_code is None
    assert set(details(over)) == {"ErrorInfo", "Help"}
    assert details(over)["ErrorInfo"]["metadata"]["quota_limit_value"] == "2"
    assert 1 <= int(over.headers["retry-after"]) <= 60
    advance(sender, int(over.headers["retry-after"]))
    assert sender.send({"fid": phone.value}).http_status == 200


def test_a_refused_message_counts_unless_it_is_refused_for_its_rate(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.limit(messagesPerMinute=2, androidMessagesPerMinute=0)
    for _ in range(3):
        assert sender.send({"fid": phone.value}).fcm_code == "QUOTA_EXCEEDED"
    for _ in range(2):
        assert sender.send({"fid": new_fid().value}).http_status == 404

    assert details(sender.send({"topic": "t"}))["ErrorInfo"]["reason"] == "RATE_LIMIT_EXCEEDED"


def test_an_android_device_over_its_rate_is_refused_without_retry_after(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    replies = [sender.send({"fid": phone.value}) for _ in range(241)]

    assert {reply.http_status for reply in replies[:240]} == {200}
    over = replies[240]
    assert (over.http_status, over.fcm_code) == (429, "QUOTA_EXCEEDED")
    assert set(details(over)) == {"QuotaFailure", "FcmError"}
    assert "retry-after" not in over.headers
    assert len(fcm.messages(phone)) == 240
    advance(sender, 60)
    assert sender.send({"fid": phone.value}).http_status == 200


@pytest.mark.parametrize("platform", ["ios", "web"])
def test_other_devices_have_no_rate(sender: Sender, fcm: EmulatorClient, platform: Any) -> None:
    fcm.limit(androidMessagesPerMinute=0)
    target = new_fid()
    fcm.register_device(target, platform)

    assert sender.send({"fid": target.value}).http_status == 200


def test_a_validated_message_is_not_held_against_its_device(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.limit(androidMessagesPerMinute=1)

    for _ in range(3):
        assert sender.send({"fid": phone.value}, validate_only=True).http_status == 200
    assert sender.send({"fid": phone.value}).http_status == 200


def test_a_device_that_registers_anew_has_its_limits_anew(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.limit(androidMessagesPerMinute=1)
    for http_status in (200, 429):
        assert sender.send({"fid": phone.value}).http_status == http_status

    fcm.unregister(phone)
    fcm.register_device(phone, "android")

    assert sender.send({"fid": phone.value}).http_status == 200


def delivered(sender: Sender) -> list[str]:
    path = f"/emulator/v1/projects/{sender.project}/messages"
    listed = sender.post(b"", path=path, method="GET").json["messages"]
    return [entry["outcome"] for entry in listed]


def test_collapsible_messages_beyond_the_burst_are_accepted_and_held_back(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    shown = {"fid": phone.value, "notification": {"title": "Hello"}}
    for _ in range(22):
        assert sender.send(shown).http_status == 200

    assert delivered(sender) == ["delivered"] * 20 + ["collapsed", "pending"]
    advance(sender, 179)
    assert delivered(sender)[-1] == "pending"
    advance(sender, 1)
    assert delivered(sender)[-1] == "delivered"


def test_a_held_back_message_comes_by_itself_when_its_time_has_come(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.limit(collapsibleBurst=1, collapsibleRefillS=1)
    shown = {"fid": phone.value, "notification": {"title": "Hello"}}
    for _ in range(2):
        sender.send(shown)
    assert delivered(sender) == ["delivered", "pending"]

    path = f"/emulator/v1/projects/{sender.project}/messages:wait?count=2&outcome=delivered"
    sender.post(b"", path=path, method="GET")

    assert delivered(sender) == ["delivered", "delivered"]


def come_back(fcm: EmulatorClient, phone: Target) -> None:
    fcm.go_offline(phone)
    fcm.go_online(phone)


@pytest.mark.parametrize("escape", [come_back, EmulatorClient.move])
def test_going_away_or_moving_is_no_way_around_being_held_back(
    sender: Sender,
    fcm: EmulatorClient,
    phone: Target,
    escape: Callable[[EmulatorClient, Target], None],
) -> None:
    fcm.limit(collapsibleBurst=1)
    for _ in range(2):
        sender.send({"fid": phone.value, "notification": {"title": "Hello"}})

    escape(fcm, phone)

    assert delivered(sender) == ["delivered", "pending"]
    advance(sender, 180)
    assert delivered(sender) == ["delivered", "delivered"]


def test_who_comes_back_gets_what_is_not_held_back(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.limit(collapsibleBurst=1)
    fcm.go_offline(phone)
    for key in ("first", "held back"):
        sender.send({"fid": phone.value, "data": {"a": "b"}, "android": {"collapse_key": key}})
    sender.send({"fid": phone.value, "data": {"a": "b"}})

    fcm.go_online(phone)

    assert delivered(sender) == ["delivered", "pending", "delivered"]


@pytest.mark.parametrize(
    ("platform", "parts"),
    [
        ("android", {"data": {"a": "b"}}),
        ("android", {"notification": {"title": "x"}, "android": {"ttl": "0s"}}),
        ("ios", {"notification": {"title": "x"}}),
        ("web", {"notification": {"title": "x"}}),
    ],
    ids=["not collapsible", "now or never", "ios", "web"],
)
def test_what_is_not_collapsible_on_android_is_never_held_back(
    sender: Sender, fcm: EmulatorClient, platform: Any, parts: dict[str, Any]
) -> None:
    fcm.limit(collapsibleBurst=0)
    target = new_fid()
    fcm.register_device(target, platform)

    assert sender.send({"fid": target.value, **parts}).http_status == 200

    assert delivered(sender) == ["delivered"]
