"""What a device shows, over the sockets."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from fcm_emulator.client import CallFailed, EmulatorClient
from fcm_emulator.targets import Platform, Target, new_fid
from fcm_emulator.tests.conftest import Sender

Show = Callable[..., None]
Start = Callable[..., tuple[Any, str]]


def device(fcm: EmulatorClient, platform: Platform, **more: Any) -> Target:
    target = new_fid()
    fcm.register_device(target, platform, **more)
    return target


def send(sender: Sender, target: Target, **message: Any) -> None:
    reply = sender.send({"fid": target.value, **message})
    assert reply.http_status == 200, reply.body


def titles(fcm: EmulatorClient, target: Target) -> list[str | None]:
    return [shown.title for shown in fcm.tray(target).notifications]


def test_everything_an_android_notification_shows_is_in_the_tray(
    fcm: EmulatorClient, sender: Sender
) -> None:
    target = device(fcm, "android")
    own = {"title": "A", "icon": "i", "tag": "t", "channel_id": "c", "click_action": "OPEN"}
    common = {"title": "T", "body": "B", "image": "https://example.com/i.png"}
    send(sender, target, notification=common, android={"notification": own})

    (shown,) = fcm.tray(target).notifications
    assert (shown.title, shown.body, shown.image) == ("A", "B", "https://example.com/i.png")
    assert (shown.icon, shown.tag, shown.category, shown.link) == ("i", "t", "c", "OPEN")
    assert shown.name == fcm.messages(target)[0].name


def test_an_alert_overrides_on_apple_devices(fcm: EmulatorClient, sender: Sender) -> None:
    target = device(fcm, "ios")
    aps = {"alert": {"title": "A"}, "category": "REPLY"}
    apns = {"payload": {"aps": aps}, "fcm_options": {"image": "https://example.com/a.png"}}
    send(sender, target, notification={"title": "T", "body": "B"}, apns=apns)

    (shown,) = fcm.tray(target).notifications
    assert (shown.title, shown.body, shown.category) == ("A", "B", "REPLY")
    assert shown.image == "https://example.com/a.png"


def test_a_browser_shows_actions_and_the_link(fcm: EmulatorClient, sender: Sender) -> None:
    target = device(fcm, "web")
    own = {"title": "W", "actions": [{"action": "open", "title": "Open", "icon": "x"}, "odd"]}
    webpush = {"notification": own, "fcm_options": {"link": "https://example.com/"}}
    send(sender, target, webpush=webpush)

    (shown,) = fcm.tray(target).notifications
    assert (shown.title, shown.link) == ("W", "https://example.com/")
    assert shown.actions == ({"action": "open", "title": "Open"},)


@pytest.mark.parametrize("platform", ["android", "ios", "web"])
def test_data_alone_shows_nothing(fcm: EmulatorClient, sender: Sender, platform: Platform) -> None:
    target = device(fcm, platform)
    send(sender, target, data={"a": "b"})

    assert titles(fcm, target) == []
    assert [received.outcome for received in fcm.messages(target)] == ["delivered"]


def test_an_own_worker_shows_the_json_under_its_data_key(
    fcm: EmulatorClient, sender: Sender
) -> None:
    target = device(fcm, "web", worker_data_key="show")
    own = {"title": "T", "body": "B", "tag": "t", "image": "i", "actions": [{"title": "Go"}]}
    send(sender, target, data={"show": json.dumps({**own, "title": "first"})})
    send(sender, target, data={"show": "no"}, webpush={"data": {"show": json.dumps(own)}})

    (shown,) = fcm.tray(target).notifications
    assert (shown.title, shown.body, shown.tag, shown.image) == ("T", "B", "t", "i")
    assert shown.actions == ({"action": None, "title": "Go"},)
    assert fcm.messages(target)[1].shown == {"title": "T", "body": "B"}


@pytest.mark.parametrize("value", ["", "text", "[]", "7", '{"title":', "[" * 2000])
def test_a_worker_shows_nothing_of_what_is_not_a_json_object(
    fcm: EmulatorClient, sender: Sender, value: str
) -> None:
    target = device(fcm, "web", worker_data_key="show")
    send(sender, target, data={"show": value})
    send(sender, target, data={"other": "x"})

    assert titles(fcm, target) == []


TAGGED: list[tuple[Platform, str, Callable[[str], dict[str, Any]]]] = [
    ("android", "android tag", lambda tag: {"android": {"notification": {"tag": tag}}}),
    (
        "android",
        "android id",
        lambda tag: {"android_v2": {"remote_notification": {"notification": {"id": ord(tag)}}}},
    ),
    ("ios", "collapse id", lambda tag: {"apns": {"headers": {"apns-collapse-id": tag}}}),
    ("web", "web tag", lambda tag: {"webpush": {"notification": {"tag": tag}}}),
]


@pytest.mark.parametrize(("platform", "kind", "tagged"), TAGGED, ids=[t[1] for t in TAGGED])
def test_a_tag_replaces_on_the_screen_and_others_stay(
    fcm: EmulatorClient, sender: Sender, platform: Platform, kind: str, tagged: Any
) -> None:
    target = device(fcm, platform)
    for title, tag in (("first", "a"), ("other", "b"), ("second", "a")):
        send(sender, target, notification={"title": title}, **tagged(tag))
    for _ in range(2):
        send(sender, target, notification={"title": "untagged"})

    assert titles(fcm, target) == ["untagged", "untagged", "second", "other"]


def test_a_topic_header_replaces_what_waits_and_not_what_is_shown(
    fcm: EmulatorClient, sender: Sender
) -> None:
    target = device(fcm, "web")
    for _ in range(2):
        send(sender, target, notification={"title": "x"}, webpush={"headers": {"Topic": "t"}})

    assert titles(fcm, target) == ["x", "x"]


def test_apples_badge_is_what_came_last_and_zero_takes_it_away(
    fcm: EmulatorClient, sender: Sender
) -> None:
    target = device(fcm, "ios")

    def badge_after(**aps: Any) -> int | None:
        send(sender, target, apns={"payload": {"aps": aps}})
        return fcm.tray(target).badge

    assert fcm.tray(target).badge is None
    assert badge_after(alert="x", badge=3) == 3
    assert badge_after(alert="y") == 3
    fcm.clear_tray(target)
    assert fcm.tray(target).badge == 3
    assert badge_after(badge=True) == 3
    assert badge_after(badge=0) is None


def test_androids_badge_counts_what_is_shown(fcm: EmulatorClient, sender: Sender) -> None:
    target = device(fcm, "android")
    send(sender, target, notification={"title": "x"})
    send(sender, target, android={"notification": {"title": "y", "notification_count": 4}})
    assert fcm.tray(target).badge == 5

    fcm.clear_tray(target, seq=2)
    assert fcm.tray(target).badge == 1


def test_browsers_have_no_badge(fcm: EmulatorClient, sender: Sender) -> None:
    target = device(fcm, "web")
    send(sender, target, notification={"title": "x"})

    assert fcm.tray(target).badge is None


def test_the_user_clears_one_or_all(fcm: EmulatorClient, sender: Sender, phone: Target) -> None:
    for title in ("1", "2", "3"):
        send(sender, phone, notification={"title": title})

    fcm.clear_tray(phone, seq=2)
    assert titles(fcm, phone) == ["3", "1"]
    with pytest.raises(CallFailed, match="seq: no notification of message 2"):
        fcm.clear_tray(phone, seq=2)
    fcm.clear_tray(phone)
    assert titles(fcm, phone) == []
    assert [event.seq for event in fcm.history(phone) if event.event == "cleared"] == [2, 1, 3]


PRIORITIES: list[tuple[Platform, dict[str, Any], str]] = [
    ("android", {}, "high"),
    ("android", {"android": {"priority": "normal"}}, "normal"),
    ("android", {"android": {"priority": "high"}}, "high"),
    ("android", {"android_v2": {"background_sync": {}}}, "normal"),
    ("android", {"android_v2": {"remote_notification": {}}}, "high"),
    ("ios", {}, "high"),
    ("ios", {"apns": {"headers": {"apns-priority": "5"}}}, "normal"),
    ("web", {}, "normal"),
    ("web", {"webpush": {"headers": {"Urgency": "very-low"}}}, "very-low"),
]


@pytest.mark.parametrize(("platform", "message", "priority"), PRIORITIES)
def test_the_priority_is_the_platforms(
    fcm: EmulatorClient, sender: Sender, platform: Platform, message: Any, priority: str
) -> None:
    target = device(fcm, platform)
    send(sender, target, notification={"title": "x"}, **message)

    assert [shown.priority for shown in fcm.tray(target).notifications] == [priority]


def test_a_screen_holds_fifty_and_the_oldest_gives_way(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    fcm.limit(collapsibleBurst=None)
    for number in range(51):
        send(sender, phone, notification={"title": str(number)})

    assert titles(fcm, phone) == [str(number) for number in range(50, 0, -1)]


def test_screens_and_histories_forget_with_the_project(start: Start) -> None:
    _, address = start("--history", "2")
    fcm = EmulatorClient(address, "demo-bounded")
    sender = Sender(address=address, project=fcm.project)
    first, second = device(fcm, "android"), device(fcm, "android")
    send(sender, first, notification={"title": "old"})
    for title in ("a", "b"):
        send(sender, second, notification={"title": title})

    assert titles(fcm, first) == []
    assert fcm.history(first) == []
    assert titles(fcm, second) == ["b", "a"]


def test_a_devices_history_is_bounded_by_option(start: Start) -> None:
    _, address = start("--device-history", "3")
    fcm = EmulatorClient(address, "demo-bounded")
    sender = Sender(address=address, project=fcm.project)
    target = device(fcm, "ios")
    for _ in range(5):
        send(sender, target, notification={"title": "x"})

    assert [event.seq for event in fcm.history(target)] == [3, 4, 5]
    assert fcm.history(target)[0].message == {
        "fid": target.value,
        "notification": {"title": "x"},
    }
