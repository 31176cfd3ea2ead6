"""The client's expectations, and how their failures read."""

import threading
import time

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target
from fcm_emulator.tests.conftest import Sender


def later(delay_s: float, act: object, *arguments: object) -> None:
    assert callable(act)
    threading.Timer(delay_s, act, arguments).start()


def test_a_message_with_all_that_is_asked_for_satisfies(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    sender.send({"fid": phone.value, "notification": {"title": "T"}, "data": {"a": "other"}})
    message = {"notification": {"title": "T", "body": "B"}, "data": {"a": "b", "c": "d"}}
    sender.send({"fid": phone.value, **message})

    received = fcm.assert_received(phone, title="T", body="B", data={"a": "b"})

    assert received.seq == 2
    assert fcm.assert_received(phone).seq == 1


def test_the_platforms_own_data_is_what_the_app_gets(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    sender.send({"fid": phone.value, "data": {"a": "b"}, "android": {"data": {"c": "d"}}})

    fcm.assert_received(phone, data={"c": "d"})
    with pytest.raises(AssertionError):
        fcm.assert_received(phone, data={"a": "b"}, timeout_ms=0)


def test_a_failure_says_what_was_asked_and_what_came(
    fcm: EmulatorClient, sender: Sender, phone: Target, old_phone: Target
) -> None:
    sender.send({"token": old_phone.value, "notification": {"title": "elsewhere"}})
    sender.send({"fid": phone.value, "notification": {"title": "Hullo"}, "data": {"a": "b"}})
    fcm.go_offline(phone)
    sender.send({"fid": phone.value, "data": {"a": "c"}})

    with pytest.raises(AssertionError) as failure:
        fcm.assert_received(phone, title="Hello", data={"a": "b"}, timeout_ms=50)

    assert str(failure.value).splitlines() == [
        f'{phone.value} did not receive a message with {{"title": "Hello", "data": {{"a": "b"}}}} '
        "within 50 ms",
        "What was sent there:",
        '  2. a phone (android), delivered: shows {"title": "Hullo", "body": null}, '
        'data {"a": "b"}',
        '  3. a phone (android), pending: shows nothing, data {"a": "c"}',
    ]


def test_a_failure_without_any_message_says_so(fcm: EmulatorClient, phone: Target) -> None:
    with pytest.raises(AssertionError, match=r"(?s)did not receive a message .*No message was"):
        fcm.assert_received(phone, timeout_ms=0)


def test_an_expectation_waits_for_a_message_to_come(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    later(0.2, sender.send, {"fid": phone.value, "notification": {"title": "late"}})

    started = time.monotonic()
    fcm.assert_received(phone, title="late", timeout_ms=20_000)
    assert time.monotonic() - started < 10


def test_an_expectation_waits_for_the_device_to_come_back(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    fcm.go_offline(phone)
    sender.send({"fid": phone.value, "notification": {"title": "waited"}})
    fcm.assert_nothing_received(phone, within_ms=0)
    later(0.2, fcm.go_online, phone)

    fcm.assert_received(phone, title="waited", timeout_ms=20_000)


def test_waiting_takes_a_predicate_a_platform_and_a_count(
    fcm: EmulatorClient, sender: Sender, phone: Target, old_phone: Target
) -> None:
    fcm.register_device(old_phone, "web")
    for number in range(4):
        sender.send({"fid": phone.value, "data": {"n": str(number)}})
        sender.send({"token": old_phone.value, "data": {"n": str(number)}})

    def is_even(received: object) -> bool:
        return int(getattr(received, "data")["n"]) % 2 == 0  # noqa: B009 - any object fits here

    found = fcm.wait_for(is_even, platform="web", count=2)
    assert [(received.platform, received.data["n"]) for received in found] == [
        ("web", "0"),
        ("web", "2"),
    ]
    assert len(fcm.wait_for(is_even, count=9, timeout_ms=50)) == 4
    assert len(fcm.wait_for(count=8)) == 8


def test_nothing_received_holds_and_fails_with_what_came(
    fcm: EmulatorClient, sender: Sender, phone: Target, old_phone: Target
) -> None:
    fcm.assert_nothing_received(within_ms=50)
    sender.send({"fid": phone.value, "notification": {"title": "T"}})

    fcm.assert_nothing_received(old_phone, within_ms=50)
    with pytest.raises(AssertionError, match="received what was not expected\n"):
        fcm.assert_nothing_received(phone, within_ms=0)
    with pytest.raises(AssertionError, match=r'Devices received .*\n.*\n.*"title": "T"'):
        fcm.assert_nothing_received()


def test_nothing_received_fails_for_what_comes_meanwhile(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    later(0.2, sender.send, {"fid": phone.value})

    with pytest.raises(AssertionError):
        fcm.assert_nothing_received(phone, within_ms=20_000)
