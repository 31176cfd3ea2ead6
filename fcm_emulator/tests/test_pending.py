"""What becomes of messages while a device is away."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Platform, Target, new_fid
from fcm_emulator.tests.conftest import Sender

DAY_S = 86_400
Away = Callable[[Platform], Target]


@pytest.fixture(name="away")
def _away(fcm: EmulatorClient) -> Away:
    def away(platform: Platform) -> Target:
        target = new_fid()
        fcm.register_device(target, platform)
        fcm.go_offline(target)
        return target

    return away


def send(sender: Sender, target: Target, **message: Any) -> None:
    reply = sender.send({"fid": target.value, **message})
    assert reply.http_status == 200, reply.body


def outcomes(fcm: EmulatorClient, target: Target) -> list[str]:
    return [received.outcome for received in fcm.messages(target)]


@pytest.mark.parametrize("platform", ["android", "ios", "web"])
def test_a_message_waits_for_its_device_and_arrives_when_it_comes_back(
    fcm: EmulatorClient, sender: Sender, away: Away, platform: Platform
) -> None:
    target = away(platform)
    send(sender, target, data={"n": "1"})
    send(sender, target, data={"n": "2"})

    assert outcomes(fcm, target) == ["pending", "pending"]
    assert fcm.wait_for(target=target, timeout_ms=0) == []

    fcm.go_online(target)

    delivered = fcm.wait_for(target=target, count=2)
    assert [received.data["n"] for received in delivered] == ["1", "2"]
    assert [event.event for event in fcm.history(target)] == [
        "registered",
        "offline",
        "pending",
        "pending",
        "online",
        "delivered",
        "delivered",
    ]


def test_going_away_and_coming_back_twice_changes_nothing(
    fcm: EmulatorClient, sender: Sender, away: Away
) -> None:
    target = away("android")
    fcm.go_offline(target)
    send(sender, target, data={"n": "1"})
    fcm.go_online(target)
    fcm.go_online(target)

    events = [event.event for event in fcm.history(target)]
    assert events == ["registered", "offline", "pending", "online", "delivered"]


# What a platform calls a life of so many seconds; the last one of a pair comes too late.
LIVES: list[tuple[Platform, dict[str, Any], float]] = [
    ("android", {}, 28 * DAY_S),
    ("android", {"android": {"ttl": "60s"}}, 60),
    ("android", {"android": {"ttl": "3.5s"}}, 3),
    ("android", {"android_v2": {"ttl": "60s", "background_sync": {}}}, 60),
    ("web", {}, 28 * DAY_S),
    ("web", {"webpush": {"headers": {"TTL": "60"}}}, 60),
    ("web", {"webpush": {"headers": {"ttl": "99999999"}}}, 28 * DAY_S),
    ("web", {"webpush": {"headers": {"TTL": "soon"}}}, 28 * DAY_S),
    ("ios", {}, 30 * DAY_S),
    ("ios", {"android": {"ttl": "60s"}}, 30 * DAY_S),
]


@pytest.mark.parametrize(("platform", "message", "life_s"), LIVES)
def test_a_pending_message_lives_as_long_as_its_platform_says(
    fcm: EmulatorClient, sender: Sender, platform: Platform, message: Any, life_s: float
) -> None:
    early, late = new_fid(), new_fid()
    for target in (early, late):
        fcm.register_device(target, platform)
        fcm.go_offline(target)
        send(sender, target, data={"a": "b"}, **message)

    fcm.advance_clock(life_s - 2)
    fcm.go_online(early)
    fcm.advance_clock(2)
    fcm.go_online(late)

    assert outcomes(fcm, early) == ["delivered"]
    assert outcomes(fcm, late) == ["droppedTtlExpired"]


def test_apns_expiration_is_a_date(fcm: EmulatorClient, sender: Sender, away: Away) -> None:
    early, late = away("ios"), away("ios")
    headers = {"apns-expiration": str(int(time.time()) + 600)}
    for target in (early, late):
        send(sender, target, apns={"headers": headers, "payload": {"aps": {"alert": "x"}}})

    fcm.advance_clock(500)
    fcm.go_online(early)
    fcm.advance_clock(101)
    fcm.go_online(late)

    assert outcomes(fcm, early) == ["delivered"]
    assert outcomes(fcm, late) == ["droppedTtlExpired"]


NOW_OR_NEVER: list[tuple[Platform, dict[str, Any]]] = [
    ("android", {"android": {"ttl": "0s"}}),
    ("android", {"android": {"ttl": "0.9s"}}),
    ("web", {"webpush": {"headers": {"TTL": "0"}}}),
    ("ios", {"apns": {"headers": {"APNS-Expiration": "0"}}}),
]


@pytest.mark.parametrize(("platform", "message"), NOW_OR_NEVER)
def test_a_message_without_life_is_now_or_never(
    fcm: EmulatorClient, sender: Sender, away: Away, platform: Platform, message: Any
) -> None:
    target = away(platform)
    send(sender, target, data={"n": "never"}, **message)
    fcm.go_online(target)
    send(sender, target, data={"n": "now"}, **message)

    assert outcomes(fcm, target) == ["droppedTtlExpired", "delivered"]


def test_a_message_without_life_takes_nobodys_place(
    fcm: EmulatorClient, sender: Sender, away: Away
) -> None:
    target = away("android")
    for ttl in ("60s", "0s"):
        send(sender, target, data={"ttl": ttl}, android={"ttl": ttl, "collapse_key": "k"})
    fcm.go_online(target)

    assert outcomes(fcm, target) == ["delivered", "droppedTtlExpired"]


def test_a_list_of_messages_tells_what_has_expired_by_now(
    fcm: EmulatorClient, sender: Sender, away: Away
) -> None:
    target = away("web")
    send(sender, target, data={"a": "b"}, webpush={"headers": {"TTL": "1"}})
    assert outcomes(fcm, target) == ["pending"]
    time.sleep(1.1)

    assert outcomes(fcm, target) == ["droppedTtlExpired"]


REPLACING: list[tuple[Platform, dict[str, Any]]] = [
    ("android", {"android": {"collapse_key": "k"}}),
    ("android", {"android_v2": {"collapse_key": "k", "background_sync": {}}}),
    ("ios", {"apns": {"headers": {"apns-collapse-id": "k"}}}),
    ("web", {"webpush": {"headers": {"Topic": "k"}}}),
]


@pytest.mark.parametrize(("platform", "message"), REPLACING)
def test_a_pending_message_is_replaced_by_the_next_with_its_key(
    fcm: EmulatorClient, sender: Sender, away: Away, platform: Platform, message: Any
) -> None:
    target = away(platform)
    send(sender, target, data={"n": "1"}, **message)
    send(sender, target, data={"n": "2"})
    send(sender, target, data={"n": "3"}, **message)
    fcm.go_online(target)

    assert outcomes(fcm, target) == ["collapsed", "delivered", "delivered"]


def test_keys_of_messages_for_other_platforms_do_not_collapse(
    fcm: EmulatorClient, sender: Sender, away: Away
) -> None:
    target = away("web")
    for _ in range(2):
        send(sender, target, data={"a": "b"}, android={"collapse_key": "k"})
    fcm.go_online(target)

    assert outcomes(fcm, target) == ["delivered", "delivered"]


def test_notification_messages_for_android_collapse_even_without_a_key(
    fcm: EmulatorClient, sender: Sender, away: Away
) -> None:
    target = away("android")
    send(sender, target, notification={"title": "1"})
    send(sender, target, android={"notification": {"title": "2"}})
    send(sender, target, data={"a": "b"})
    fcm.go_online(target)

    assert outcomes(fcm, target) == ["collapsed", "delivered", "delivered"]


def test_four_collapse_keys_are_kept_and_the_oldest_gives_way(
    fcm: EmulatorClient, sender: Sender, away: Away
) -> None:
    target = away("android")
    for key in ("a", "b", "c", "d", "e", "b"):
        send(sender, target, data={"k": key}, android={"collapse_key": key})

    dropped, collapsed = "droppedTooManyPendingMessages", "collapsed"
    pending = ["pending"] * 4
    assert outcomes(fcm, target) == [dropped, collapsed, *pending]


def test_a_hundred_messages_wait_and_one_more_drops_them_all(
    fcm: EmulatorClient, sender: Sender, away: Away
) -> None:
    target = away("android")
    for _ in range(100):
        send(sender, target, data={"a": "b"})
    assert outcomes(fcm, target) == ["pending"] * 100

    send(sender, target, data={"a": "b"})
    send(sender, target, data={"a": "after"})
    fcm.go_online(target)

    dropped = ["droppedTooManyPendingMessages"] * 101
    assert outcomes(fcm, target) == [*dropped, "delivered"]
    events = [event.event for event in fcm.history(target)]
    assert events[-3:] == ["online", "deletedMessages", "delivered"]


def test_the_app_is_told_of_deleted_messages_once(
    fcm: EmulatorClient, sender: Sender, away: Away
) -> None:
    target = away("android")
    for _ in range(101):
        send(sender, target, data={"a": "b"})
    for _ in range(2):
        fcm.go_online(target)
        fcm.go_offline(target)

    events = [event.event for event in fcm.history(target)]
    assert events.count("deletedMessages") == 1


@pytest.mark.parametrize("platform", ["ios", "web"])
def test_only_android_tells_of_deleted_messages(
    fcm: EmulatorClient, sender: Sender, away: Away, platform: Platform
) -> None:
    target = away(platform)
    for _ in range(102):
        send(sender, target, data={"a": "b"})
    fcm.go_online(target)

    found = outcomes(fcm, target)
    assert found == ["droppedTooManyPendingMessages"] * 2 + ["delivered"] * 100
    assert "deletedMessages" not in [event.event for event in fcm.history(target)]


def test_what_waits_is_lost_with_the_registration(
    fcm: EmulatorClient, sender: Sender, away: Away
) -> None:
    target = away("android")
    send(sender, target, data={"a": "b"})
    fcm.unregister(target)

    assert outcomes(fcm, target) == ["droppedDeviceInactive"]
