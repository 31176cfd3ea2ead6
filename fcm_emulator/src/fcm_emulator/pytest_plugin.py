"""Fixtures for whoever tests code that sends through FCM; pytest finds them by itself.

`fcm` is all that most tests need: a project of its own on an emulator that the session shares.
"""

import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping

import pytest

from fcm_emulator.client import EmulatorClient

# A start takes a quarter of a second; this is for a machine that is busy.
_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 10.0


@pytest.fixture(name="fcm_address", scope="session")
def fcm_address() -> Iterator[str]:
    """Run an emulator for the session and give its `host:port`."""
    process, address = start_emulator()
    yield address
    stop_emulator(process)


@pytest.fixture(name="fcm")
def fcm(fcm_address: str) -> Iterator[EmulatorClient]:
    """Give a client of a project that no other test uses; it is gone afterwards."""
    client = EmulatorClient(fcm_address, f"demo-{uuid.uuid4().hex[:12]}")
    yield client
    client.reset()


def free_port() -> int:
    """Find a TCP port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def start_emulator(
    *options: str, env: Mapping[str, str] | None = None
) -> tuple[subprocess.Popen[str], str]:
    """Start the command on a free port of this machine, and wait until it listens.

    Args:
        options: More options of `fcm-emulator`.
        env: Its environment, in place of this process's.

    Raises:
        RuntimeError: it ended, or did not listen in time; the message is what it printed.

    """
    port = free_port()
    process = subprocess.Popen(  # noqa: S603 - this very interpreter and package
        [sys.executable, "-m", "fcm_emulator", "--port", str(port), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
    )
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return process, f"127.0.0.1:{port}"
    process.kill()
    raise RuntimeError(f"fcm-emulator did not start: {process.communicate()[1]}")


def stop_emulator(process: subprocess.Popen[str]) -> str:
    """Stop what `start_emulator` started and give what it wrote to stderr."""
    process.terminate()
    return process.communicate(timeout=_STOP_TIMEOUT_S)[1]
