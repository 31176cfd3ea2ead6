import json
from typing import Any

import pycurl
import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target
from fcm_emulator.tests.conftest import Sender


def transfer(sender: Sender, url: str, body: bytes | None, replies: list[bytes]) -> Any:
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, f"http://{sender.address}{url}")
    handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
    handle.setopt(pycurl.PIPEWAIT, 1)
    handle.setopt(pycurl.TIMEOUT, 60)
    handle.setopt(
        pycurl.HTTPHEADER, ["Authorization: Bearer owner", "Content-Type: application/json"]
    )
    if body is not None:
        handle.setopt(pycurl.POSTFIELDS, body)
    handle.setopt(pycurl.WRITEFUNCTION, replies.append)
    return handle


def run(multi: Any, until_idle: bool = True) -> int:
    while True:
        _, active = multi.perform()
        if not active or not until_idle:
            return int(active)
        multi.select(0.1)


def on_one_connection() -> Any:
    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
    multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, 1)
    return multi


@pytest.mark.parametrize("count", [1, 240])
def test_http2_with_prior_knowledge_carries_sends_over_one_connection(
    sender: Sender, fcm: EmulatorClient, phone: Target, count: int
) -> None:
    body = json.dumps({"message": {"fid": phone.value}}).encode()
    multi = on_one_connection()
    replies: list[list[bytes]] = [[] for _ in range(count)]
    path = f"/v1/projects/{sender.project}/messages:send"
    handles = [transfer(sender, path, body, reply) for reply in replies]
    for handle in handles:
        multi.add_handle(handle)

    run(multi)

    assert {handle.getinfo(pycurl.RESPONSE_CODE) for handle in handles} == {200}
    assert {handle.getinfo(pycurl.INFO_HTTP_VERSION) for handle in handles} == {
        pycurl.CURL_HTTP_VERSION_2_0
    }
    assert sum(handle.getinfo(pycurl.NUM_CONNECTS) for handle in handles) == 1
    assert len({json.loads(b"".join(reply))["name"] for reply in replies}) == count
    assert len(fcm.messages()) == count
    multi.close()


def test_a_hundred_streams_are_open_at_once(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    multi = on_one_connection()
    replies: list[list[bytes]] = [[] for _ in range(100)]
    path = f"/emulator/v1/projects/{sender.project}/messages:wait?count=1&timeoutMs=30000"
    handles = [transfer(sender, path, None, reply) for reply in replies]
    for handle in handles:
        multi.add_handle(handle)
    for _ in range(20):
        assert run(multi, until_idle=False) == 100
        multi.select(0.05)

    sender.send({"fid": phone.value})
    run(multi)

    assert sum(handle.getinfo(pycurl.NUM_CONNECTS) for handle in handles) == 1
    assert [len(json.loads(b"".join(reply))["messages"]) for reply in replies] == [1] * 100
    assert len(fcm.messages()) == 1
    multi.close()
