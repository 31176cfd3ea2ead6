"""`messages:assert`: expectations for tests in any language."""

import threading
import time

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target, new_fid
from fcm_emulator.tests.conftest import Sender
from fcm_emulator.tests.test_control import control

PATH = "/messages:assert"


def test_what_has_all_that_is_asked_for_is_given(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    browser = new_fid()
    fcm.register_device(browser, "web")
    for target, title in ((phone, "other"), (phone, "T"), (browser, "T")):
        notification = {"title": title, "body": "B"}
        sender.send({"fid": target.value, "notification": notification, "data": {"a": "b"}})
    asked = {"title": "T", "body": "B", "data": {"a": "b"}, "withinMs": 0}

    def found(**more: object) -> list[int]:
        http_status, answer = control(sender, "POST", PATH, {**asked, **more})
        assert http_status == 200
        return [message["seq"] for message in answer["messages"]]

    assert found(count=2) == [2, 3]
    assert found(platform="web") == [3]
    assert found(target=phone.value) == [2]
    assert found(target={"kind": "fid", "value": phone.value}) == [2]


def test_a_message_that_comes_in_time_is_waited_for(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    fcm.go_offline(phone)
    for title in ("wrong", "right"):
        android = {"collapse_key": title}
        message = {"notification": {"title": title}, "android": android}
        sender.send({"fid": phone.value, **message})
    threading.Timer(0.2, fcm.go_online, [phone]).start()
    started = time.monotonic()

    http_status, _ = control(sender, "POST", PATH, {"title": "right", "withinMs": 20_000})

    assert http_status == 200
    assert time.monotonic() - started < 10


def test_what_did_not_come_is_a_conflict_that_says_what_came(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    sender.send({"fid": phone.value, "notification": {"title": "Hullo"}})
    fcm.go_offline(phone)
    sender.send({"fid": phone.value, "data": {"a": "b"}})

    call = {"target": phone.value, "title": "Hello", "count": 2, "withinMs": 50}
    http_status, answer = control(sender, "POST", PATH, call)

    assert (http_status, answer["error"]["status"]) == (409, "ABORTED")
    assert answer["error"]["message"].splitlines() == [
        f'{phone.value} did not receive 2 times a message with {{"title": "Hello"}}, but 0 '
        "within 50 ms",
        "What was sent there:",
        '  1. a phone (android), delivered: shows {"title": "Hullo", "body": null}',
        '  2. a phone (android), pending: shows nothing, data {"a": "b"}',
    ]


def test_a_reset_ends_the_wait(fcm: EmulatorClient, sender: Sender, phone: Target) -> None:
    threading.Timer(0.2, fcm.reset).start()
    started = time.monotonic()

    assert control(sender, "POST", PATH, {"withinMs": 20_000})[0] == 409

    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ({"count": 0}, "count"),
        ({"withinMs": -1}, "withinMs"),
        ({"withinMs": 600_001}, "withinMs"),
        ({"platform": "tv"}, "platform"),
        ({"titel": "x"}, "titel"),
    ],
)
def test_a_wrong_expectation_is_named(sender: Sender, call: dict[str, object], field: str) -> None:
    http_status, answer = control(sender, "POST", PATH, call)

    assert http_status == 400
    assert field in answer["error"]["message"]
