import http.client
import json
import time

import pycurl
import pytest

from fcm_emulator import connection
from fcm_emulator.client import CallFailed, EmulatorClient
from fcm_emulator.targets import Target
from fcm_emulator.tests.conftest import Sender
from fcm_emulator.tests.test_http2 import transfer


def outcomes(sender: Sender, target: Target, count: int) -> list[int]:
    return [sender.send({"fid": target.value}).http_status for _ in range(count)]


def test_a_fault_strikes_a_share_of_the_sends_and_the_same_ones_again(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    runs = []
    for seed in (1, 1, 2):
        fcm.fault("UNAVAILABLE", rate=0.3, seed=seed)
        runs.append(outcomes(sender, phone, 60))
        fcm.clear_faults()

    assert runs[0] == runs[1] != runs[2]
    assert 8 <= runs[0].count(503) <= 28
    assert set(runs[0]) == {200, 503}


def test_a_share_ends_after_as_many_strikes_as_were_asked_for(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.fault("UNAVAILABLE", rate=0.5, times=3)

    assert outcomes(sender, phone, 40).count(503) == 3


def test_sends_to_others_draw_nothing(
    sender: Sender, fcm: EmulatorClient, phone: Target, old_phone: Target
) -> None:
    fcm.fault("UNAVAILABLE", rate=0.5, target=phone)
    alone = outcomes(sender, phone, 20)
    fcm.clear_faults()
    fcm.fault("UNAVAILABLE", rate=0.5, target=phone)
    among = []
    for _ in range(20):
        assert sender.send({"token": old_phone.value}).http_status == 200
        among += outcomes(sender, phone, 1)

    assert alone == among


def test_a_late_answer_is_late_and_its_message_is_not(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.fault(None, delay_ms=400, times=1)
    started_ms = time.time() * 1000

    assert outcomes(sender, phone, 1) == [200]

    assert time.time() * 1000 - started_ms >= 400
    (received,) = fcm.messages()
    assert received.accepted_at_ms - started_ms < 350
    assert outcomes(sender, phone, 1) == [200]


def test_an_error_can_be_late_too(sender: Sender, fcm: EmulatorClient, phone: Target) -> None:
    fcm.fault("UNAVAILABLE", delay_ms=300, times=1)
    started = time.monotonic()

    assert outcomes(sender, phone, 1) == [503]

    assert time.monotonic() - started >= 0.3


def test_a_late_answer_holds_up_nobody_else(
    sender: Sender, fcm: EmulatorClient, phone: Target, old_phone: Target
) -> None:
    fcm.fault(None, delay_ms=5_000, target=phone)
    slow = http.client.HTTPConnection(sender.address, timeout=30)
    body = json.dumps({"message": {"fid": phone.value}})
    path = f"/v1/projects/{sender.project}/messages:send"
    slow.request("POST", path, body, {"Authorization": "Bearer x"})
    fcm.wait(1)
    started = time.monotonic()

    assert sender.send({"token": old_phone.value}).http_status == 200

    assert time.monotonic() - started < 3
    slow.close()


def test_a_connection_is_reset_after_acceptance_and_a_repeat_is_a_duplicate(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.fault("CONNECTION_RESET", times=1)

    with pytest.raises(ConnectionResetError) as broken:
        sender.send({"fid": phone.value})
    assert broken.type is ConnectionResetError, "not a connection that was closed in order"
    assert sender.send({"fid": phone.value}).http_status == 200

    first, second = fcm.messages()
    assert first.name != second.name
    assert first.message == second.message


def test_an_http2_connection_is_reset_with_all_its_streams(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.fault("CONNECTION_RESET", times=1)
    body = json.dumps({"message": {"fid": phone.value}}).encode()
    path = f"/v1/projects/{sender.project}/messages:send"

    with pytest.raises(pycurl.error):
        transfer(sender, path, body, []).perform()
    replies: list[bytes] = []
    transfer(sender, path, body, replies).perform()

    assert b'"name"' in b"".join(replies)
    assert len(fcm.messages()) == 2


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ({"error": None}, "error: must be given"),
        ({"error": "INTERNAL", "rate": 0}, "rate: "),
        ({"error": "INTERNAL", "rate": 1.1}, "rate: "),
        ({"error": "INTERNAL", "delay_ms": -1}, "delayMs: "),
        ({"error": "INTERNAL", "delay_ms": 240_001}, "delayMs: "),
        ({"error": "INTERNAL", "seed": "x"}, "seed"),
    ],
)
def test_a_wrong_fault_is_named(fcm: EmulatorClient, call: dict[str, object], problem: str) -> None:
    with pytest.raises(CallFailed, match=problem):
        fcm.fault(**call)  # type: ignore[arg-type] # wrong on purpose


def test_faults_are_listed_with_what_is_left_of_them(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.fault("UNAVAILABLE", target=phone, times=3, retry_after_s=7)
    fcm.fault(None, delay_ms=1, rate=0.5)
    sender.send({"fid": phone.value})

    path = f"/emulator/v1/projects/{sender.project}/faults"
    listed = sender.post(b"", path=path, method="GET").json["faults"]

    first = {"error": "UNAVAILABLE", "target": phone.value, "remaining": 2, "rate": 1.0}
    second = {"error": None, "target": None, "remaining": None, "rate": 0.5}
    assert listed == [
        {**first, "delayMs": 0, "retryAfterS": 7},
        {**second, "delayMs": 1, "retryAfterS": None},
    ]


def test_a_connection_that_cannot_be_found_is_not_reset() -> None:
    assert connection.reset(("203.0.113.1", "1")) is False
