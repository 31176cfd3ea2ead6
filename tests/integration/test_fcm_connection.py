"""The sender when FCM goes away, comes back, hangs up or was never there."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import new_fid
from firebell import fcm, request
from firebell.config import Settings
from tests.integration.doors import free_port
from tests.integration.hanging import Hanging
from tests.integration.pushes import numbered, push


class Server:
    """An FCM emulator that can be stopped and started at one address."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "fcm_emulator", "--port", str(self.port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("the FCM emulator did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    made.start()
    yield made
    made.stop()


def test_sender_survives_a_restart_of_the_server(server: Server, settings: Settings) -> None:
    address = f"127.0.0.1:{server.port}"
    sender = fcm.connect(Settings(project_id=settings.project_id, fcm_emulator_host=address))
    emulator = EmulatorClient(address, settings.project_id)
    first = sender.send(numbered(3, emulator))

    server.stop()
    down = sender.send([push(new_fid())])
    server.start()
    again = sender.send(numbered(3, emulator))

    assert [reply.status for reply in first + again] == [200] * 6
    assert [(reply.status, reply.fault) for reply in down] == [(0, "CANNOT_CONNECT")]


def test_restart_that_nobody_noticed_loses_nothing(server: Server, settings: Settings) -> None:
    address = f"127.0.0.1:{server.port}"
    sender = fcm.connect(Settings(project_id=settings.project_id, fcm_emulator_host=address))
    emulator = EmulatorClient(address, settings.project_id)
    sender.send(numbered(3, emulator))

    server.stop()
    server.start()
    replies = sender.send(numbered(3, emulator))

    assert [reply.status for reply in replies] == [200] * 3


def test_nobody_listening_is_a_fault_and_no_error(settings: Settings) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    sender = fcm.connect(Settings(project_id=settings.project_id, fcm_emulator_host=nowhere))

    replies = sender.send([push(new_fid())] * 3)

    assert [(reply.status, reply.fault) for reply in replies] == [(0, "CANNOT_CONNECT")] * 3


def test_silent_server_is_not_waited_for_longer_than_a_function_can(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    within_a_function = request.REPLY_TIMEOUT_S <= 20
    monkeypatch.setattr(request, "REPLY_TIMEOUT_S", 1)  # 20 are too many for a test
    with Hanging() as silent:
        sender = fcm.connect(
            Settings(project_id=settings.project_id, fcm_emulator_host=silent.address)
        )

        replies = sender.send([push(new_fid())] * 3)

    assert within_a_function
    assert [(reply.status, reply.fault) for reply in replies] == [(0, "TIMEOUT")] * 3


def test_server_that_hangs_up_is_a_fault(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        sender = fcm.connect(Settings(project_id=settings.project_id, fcm_emulator_host=address))

        def hang_up_twice() -> None:
            for _ in range(2):
                listener.accept()[0].close()

        hang_up = threading.Thread(target=hang_up_twice)
        hang_up.start()

        (reply,) = sender.send([push(new_fid())])

        hang_up.join()
    assert (reply.status, reply.fault) == (0, "CONNECTION_LOST")
