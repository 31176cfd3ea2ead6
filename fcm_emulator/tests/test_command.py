import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.pytest_plugin import free_port

Start = Callable[..., tuple[subprocess.Popen[str], str]]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fcm_emulator", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_busy_port_is_named_and_left_alone(fcm_address: str) -> None:
    port = fcm_address.rpartition(":")[2]

    ended = run("--port", port)

    assert ended.returncode == 1
    assert f"port {port} of 127.0.0.1 is not free" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert EmulatorClient(fcm_address, "demo-alive").messages() == []


@pytest.mark.parametrize("options", [["--host", "no.such.host.invalid"], ["--host", "192.0.2.1"]])
def test_an_address_that_is_not_ours_ends_with_a_sentence(options: list[str]) -> None:
    ended = run("--port", str(free_port()), *options)

    assert ended.returncode == 1
    assert ended.stderr.startswith("fcm-emulator: ")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("option", ["--port", "--tls-port"])
@pytest.mark.parametrize("number", ["0", "-1", "65536", "99999999999999999999", "x", "\u0663"])
def test_a_port_that_cannot_be_is_refused_by_its_option(option: str, number: str) -> None:
    ended = run(f"{option}={number}")

    assert ended.returncode == 2
    assert f"argument {option}: {number} is not a port: 1 to 65535" in ended.stderr


def test_http_and_https_do_not_share_a_port() -> None:
    port = str(free_port())

    ended = run("--port", port, "--tls-port", port)

    assert ended.returncode == 2
    assert "--port and --tls-port are the same" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_even_while_somebody_waits(
    start: Start, number: signal.Signals
) -> None:
    process, address = start()
    answers: list[Any] = []
    waiting = threading.Thread(
        target=lambda: answers.append(EmulatorClient(address, "p").wait(1, timeout_ms=60_000))
    )
    waiting.start()
    time.sleep(0.3)
    signalled = time.monotonic()

    process.send_signal(number)

    assert process.wait(timeout=10) == 0
    assert time.monotonic() - signalled < 5
    waiting.join(timeout=10)
    assert answers == [[]]
    assert process.communicate()[1] == ""


def test_a_client_that_never_ends_its_request_does_not_keep_it_alive(start: Start) -> None:
    process, address = start()
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port))) as unfinished:
        unfinished.sendall(
            b"POST /v1/projects/p/messages:send HTTP/1.1\r\nHost: x\r\n"
            b"Authorization: Bearer x\r\nContent-Length: 100\r\n\r\n{"
        )
        time.sleep(0.2)

        process.terminate()

        assert process.wait(timeout=10) == 0
    assert process.communicate()[1] == ""


def test_it_says_where_it_listens_and_its_port_is_free_again_afterwards(start: Start) -> None:
    process, address = start()
    process.terminate()
    output, _ = process.communicate(timeout=10)

    assert output == f"FCM emulator on http://{address}\n"
    host, _, port = address.rpartition(":")
    socket.create_server((host, int(port))).close()
