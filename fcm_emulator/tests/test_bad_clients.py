"""Slow, broken and hostile clients: each gets an error of FCM's shape, and nobody else notices."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import h2.config
import h2.connection
import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.pytest_plugin import start_emulator, stop_emulator
from fcm_emulator.tests.conftest import Sender

SEND = b"POST /v1/projects/p/messages:send HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
BEARER = b"Authorization: Bearer x\r\n"


@pytest.fixture(name="impatient", scope="module")
def _impatient() -> Iterator[str]:
    process, address = start_emulator("--request-timeout-s", "1")
    yield address
    # Nothing that a client does is worth a line to the emulator's user.
    assert stop_emulator(process) == ""


def connect(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def answer(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def error_of(reply: bytes) -> tuple[int, str]:
    error = json.loads(reply.partition(b"\r\n\r\n")[2])["error"]
    assert reply.startswith(b"HTTP/1.1 %d " % error["code"])
    return error["code"], error["status"]


def test_a_body_that_never_ends_is_given_up(impatient: str) -> None:
    with connect(impatient) as slow:
        slow.sendall(SEND + BEARER + b"Content-Length: 100\r\n\r\n{")

        assert error_of(answer(slow)) == (408, "DEADLINE_EXCEEDED")


def test_a_head_that_never_ends_is_cut_off(impatient: str) -> None:
    with connect(impatient) as slow:
        slow.sendall(SEND)

        assert answer(slow) == b""


def test_a_hundred_slow_clients_keep_nobody_waiting(sender: Sender) -> None:
    with ExitStack() as slow:
        for at in range(100):
            waiting = slow.enter_context(connect(sender.address))
            waiting.sendall(SEND + (BEARER + b"Content-Length: 100\r\n\r\n{" if at % 2 else b""))
        begun = time.monotonic()

        assert sender.send({}).http_status == 400
        assert time.monotonic() - begun < 2


def test_a_truncated_body_disturbs_nobody(impatient: str) -> None:
    for _ in range(20):
        with connect(impatient) as broken:
            broken.sendall(SEND + BEARER + b"Content-Length: 100\r\n\r\n{")

    assert EmulatorClient(impatient, "demo-after").messages() == []


@pytest.mark.parametrize(
    ("request_bytes", "expected"),
    [
        pytest.param(
            SEND + BEARER + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
            (400, "INVALID_ARGUMENT"),
            id="chunk without size",
        ),
        pytest.param(
            SEND + BEARER + b"Content-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}",
            (400, "INVALID_ARGUMENT"),
            id="a coding that is not one",
        ),
        pytest.param(
            SEND + BEARER + b"Content-Type: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}",
            (400, "INVALID_ARGUMENT"),
            id="content type that is no text",
        ),
        pytest.param(
            SEND + b"Authorization: \xff\r\nContent-Length: 2\r\n\r\n{}",
            (401, "UNAUTHENTICATED"),
            id="credential that is no text",
        ),
        pytest.param(
            SEND.replace(b"/p/", b"/%ff/") + BEARER + b"Content-Length: 2\r\n\r\n{}",
            (400, "INVALID_ARGUMENT"),
            id="project that is no UTF-8",
        ),
        pytest.param(
            SEND.replace(b":send", b":send?%ff=%fe") + BEARER + b"Content-Length: 2\r\n\r\n{}",
            (400, "INVALID_ARGUMENT"),
            id="query that is no UTF-8",
        ),
        pytest.param(
            b"CONNECT fcm.googleapis.com:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            (404, "NOT_FOUND"),
            id="proxy request",
        ),
        pytest.param(
            b"TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            (405, "UNIMPLEMENTED"),
            id="unusual method",
        ),
    ],
)
def test_an_odd_request_gets_an_error_of_google_s_shape(
    impatient: str, request_bytes: bytes, expected: tuple[int, str]
) -> None:
    with connect(impatient) as odd:
        odd.sendall(request_bytes)

        assert error_of(answer(odd)) == expected


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1", id="TLS to the plain port"),
        pytest.param(b"GARBAGE\r\n\r\n", id="no HTTP"),
        pytest.param(SEND + b"Content-Length: -2\r\n\r\n{}", id="negative length"),
        pytest.param(SEND + b"Content-Length: 2\r\n" * 2 + b"Content-Length: 3\r\n\r\n", id="two"),
        pytest.param(SEND + b"x: y\r\n" * 500 + b"\r\n", id="500 headers"),
        pytest.param(SEND + b"x: " + b"y" * 600_000 + b"\r\n\r\n", id="600 kB header"),
        pytest.param(SEND.replace(b"/p/", b"/" + b"p" * 70_000 + b"/") + b"\r\n", id="70 kB path"),
    ],
)
def test_what_is_no_http_is_refused_before_fcm(impatient: str, request_bytes: bytes) -> None:
    with connect(impatient) as odd:
        odd.sendall(request_bytes)

        assert answer(odd)[:10] == b"HTTP/1.1 4"


def test_a_refusal_reaches_a_client_that_is_still_sending(impatient: str) -> None:
    body = b" " * 5_000_000
    with connect(impatient) as eager:
        eager.sendall(SEND + b"Content-Length: %d\r\n\r\n" % len(body))
        time.sleep(0.2)
        eager.sendall(body)

        assert error_of(answer(eager)) == (401, "UNAUTHENTICATED")


def http2(address: str) -> tuple[socket.socket, h2.connection.H2Connection]:
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    opened = connect(address)
    connection.initiate_connection()
    opened.sendall(connection.data_to_send())
    return opened, connection


HEAD = [
    (":method", "POST"),
    (":scheme", "http"),
    (":authority", "x"),
    (":path", "/v1/projects/p/messages:send"),
    ("authorization", "Bearer x"),
]


@pytest.mark.parametrize("has_body_begun", [False, True], ids=["after the head", "in the body"])
def test_streams_that_are_reset_leave_the_emulator_well(
    impatient: str, has_body_begun: bool
) -> None:
    for _ in range(5):
        opened, connection = http2(impatient)
        for _ in range(90):
            stream = connection.get_next_available_stream_id()
            connection.send_headers(stream, HEAD)
            if has_body_begun:
                connection.send_data(stream, b'{"message":')
            connection.reset_stream(stream)
        opened.sendall(connection.data_to_send())
        opened.close()

    assert EmulatorClient(impatient, "demo-after").messages() == []


def test_an_http2_body_that_never_ends_is_given_up(impatient: str) -> None:
    opened, connection = http2(impatient)
    stream = connection.get_next_available_stream_id()
    connection.send_headers(stream, HEAD)
    connection.send_data(stream, b"{")
    statuses: list[bytes] = []
    with opened:
        opened.sendall(connection.data_to_send())
        while not statuses:
            for event in connection.receive_data(opened.recv(65536)):
                statuses += [v for k, v in getattr(event, "headers", []) if k == b":status"]

    assert statuses == [b"408"]


def test_a_crowd_of_clients_leaves_no_open_files_behind(
    start: Callable[..., tuple[subprocess.Popen[str], str]],
) -> None:
    process, address = start()
    folder = f"/proc/{process.pid}/fd"
    if not os.path.isdir(folder):
        pytest.skip("needs /proc, which tells a process's open files")
    before = len(os.listdir(folder))
    crowd_size, own = 300, 50  # the server opens some files of its own on first use
    with ExitStack() as crowd:
        for _ in range(crowd_size):
            crowd.enter_context(connect(address)).sendall(SEND)

    deadline = time.monotonic() + 10
    while len(os.listdir(folder)) > before + own and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(os.listdir(folder)) <= before + own
