import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from fcm_emulator.client import CallFailed, EmulatorClient, Received
from fcm_emulator.targets import Target, new_fid, new_legacy_token
from fcm_emulator.tests.conftest import Sender

Start = Callable[..., tuple[Any, str]]


def control(sender: Sender, method: str, path: str, call: object = None) -> tuple[int, Any]:
    where = f"/emulator/v1/projects/{sender.project}{path}"
    body = json.dumps(call).encode() if call is not None else b""
    reply = sender.post(body, method=method, path=where)
    return reply.http_status, reply.json


@pytest.mark.parametrize("platform", ["android", "ios", "web"])
def test_a_registered_device_is_listed(sender: Sender, platform: str) -> None:
    call = {
        "target": {"kind": "legacyToken", "value": new_legacy_token().value},
        "platform": platform,
        "label": "x",
    }

    http_status, device = control(sender, "POST", "/devices", call)

    assert http_status == 201
    assert {name: device[name] for name in call} == call
    assert control(sender, "GET", "/devices") == (200, {"devices": [device]})


def test_registering_again_changes_the_device(fcm: EmulatorClient, sender: Sender) -> None:
    target = new_fid()
    fcm.register_device(target, "ios")
    fcm.register_device(target, "web", label="b")

    _, listed = control(sender, "GET", "/devices")
    assert [(d["platform"], d["label"]) for d in listed["devices"]] == [("web", "b")]


@pytest.mark.parametrize(
    ("path", "call", "problem"),
    [
        ("/devices", {"target": {"kind": "fid", "value": "x"}, "platform": "ios"}, "target.value"),
        (
            "/devices",
            {"target": {"kind": "legacyToken", "value": "x"}, "platform": "ios"},
            "target.value",
        ),
        ("/devices", {"target": {"kind": "token", "value": "x"}, "platform": "ios"}, "target.kind"),
        ("/devices", {"platform": "ios"}, "target"),
        (
            "/devices",
            {"target": {"kind": "fid", "value": new_fid().value}, "platform": "tv"},
            "platform",
        ),
        ("/devices", [], "body"),
        ("/faults", {"error": "OOPS"}, "error: must be one of UNSPECIFIED_ERROR, "),
        ("/faults", {"error": "INTERNAL", "times": 0}, "times"),
        ("/faults", {"error": "INTERNAL", "retryAfterS": -1}, "retryAfterS"),
        ("/faults", {"error": "INTERNAL", "often": 1}, "often"),
        ("/devices:unregister", {}, "target"),
    ],
)
def test_a_wrong_call_names_the_field(
    sender: Sender, path: str, call: object, problem: str
) -> None:
    http_status, answer = control(sender, "POST", path, call)

    assert http_status == answer["error"]["code"] == 400
    assert answer["error"]["status"] == "INVALID_ARGUMENT"
    assert problem in answer["error"]["message"]


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=", "count=1.5", "timeoutMs=%C2%B2"]
)
def test_a_wrong_number_names_the_parameter(sender: Sender, query: str) -> None:
    http_status, answer = control(sender, "GET", f"/messages:wait?timeoutMs=0&after=0&{query}")

    assert http_status == 400
    assert answer["error"]["message"].startswith(query.partition("=")[0])


def test_an_unregistered_device_is_gone_and_its_history_stays(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    sender.send({"fid": phone.value})

    fcm.unregister(phone)

    assert sender.send({"fid": phone.value}).fcm_code == "UNREGISTERED"
    assert len(fcm.messages(phone)) == 1
    with pytest.raises(CallFailed, match="no device is registered"):
        fcm.unregister(phone)


def test_messages_are_listed_by_target_and_after_a_number(
    sender: Sender, fcm: EmulatorClient, phone: Target, old_phone: Target
) -> None:
    for _ in range(2):
        sender.send({"fid": phone.value})
        sender.send({"token": old_phone.value})

    assert [received.seq for received in fcm.messages()] == [1, 2, 3, 4]
    assert [received.seq for received in fcm.messages(old_phone)] == [2, 4]
    assert [received.seq for received in fcm.messages(old_phone, after=2)] == [4]
    assert fcm.messages(after=4) == []


def test_acceptance_is_dated_in_epoch_milliseconds(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    before = time.time() * 1000
    sender.send({"fid": phone.value})

    (received,) = fcm.messages()
    assert before <= received.accepted_at_ms <= time.time() * 1000


def test_a_wait_ends_with_the_message_it_waits_for(
    sender: Sender, fcm: EmulatorClient, phone: Target, old_phone: Target
) -> None:
    sender.send({"fid": phone.value})
    found: list[Received] = []
    waiting = threading.Thread(
        target=lambda: found.extend(fcm.wait(2, target=phone, after=1, timeout_ms=20_000))
    )
    started = time.monotonic()
    waiting.start()
    time.sleep(0.1)
    sender.send({"fid": phone.value})
    sender.send({"token": old_phone.value})
    sender.send({"fid": phone.value})
    waiting.join()

    assert [received.seq for received in found] == [2, 4]
    assert time.monotonic() - started < 10


def test_a_wait_gives_what_is_there_when_time_runs_out(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    sender.send({"fid": phone.value})

    assert [received.seq for received in fcm.wait(2, timeout_ms=50)] == [1]
    assert fcm.wait(1, timeout_ms=0)[0].seq == 1
    assert fcm.wait(1, after=99, timeout_ms=0) == []


def test_a_reset_empties_one_project_only_and_lets_go_of_who_waits(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    other = EmulatorClient(fcm.address, f"demo-{uuid.uuid4().hex[:12]}")
    other.register_device(phone, "web")
    sender.send({"fid": phone.value})
    fcm.fault("INTERNAL")
    waiting = threading.Thread(target=lambda: fcm.wait(5, timeout_ms=60_000))
    waiting.start()
    time.sleep(0.1)

    fcm.reset()

    waiting.join(timeout=10)
    assert not waiting.is_alive()
    assert fcm.messages() == []
    assert sender.send({"fid": phone.value}).fcm_code == "UNREGISTERED"
    elsewhere = Sender(address=other.address, project=other.project)
    assert elsewhere.send({"fid": phone.value}).http_status == 200
    assert [received.platform for received in other.messages()] == ["web"]


def test_history_is_bounded_and_keeps_the_newest(start: Start) -> None:
    _, address = start("--history", "3")
    fcm = EmulatorClient(address, "demo-bounded")
    phone = new_fid()
    fcm.register_device(phone, "ios")
    sender = Sender(address=address, project=fcm.project)

    for _ in range(5):
        assert sender.send({"fid": phone.value}).http_status == 200

    assert [received.seq for received in fcm.messages()] == [3, 4, 5]


def test_a_clock_goes_a_century_ahead_in_all(sender: Sender, phone: Target) -> None:
    path = f"/emulator/v1/projects/{sender.project}/clock:advance"
    century = b'{"seconds":3153600000}'

    first, second = sender.post(century, path=path), sender.post(century, path=path)

    assert (first.http_status, second.http_status) == (200, 400)
    assert "seconds: " in second.error["message"]
    assert "in all" in second.error["message"]
    assert sender.post(b'{"seconds":0}', path=path).http_status == 200
    parent = f"/v1/projects/{sender.project}/registrations/{phone.value}/topicSubscriptions"
    subscribed = sender.post(b"{}", path=f"{parent}?topicName=t")
    assert subscribed.http_status == 200
