"""The local stack's fixed ports, and who holds one that is busy."""

import contextlib
import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

HOST = "127.0.0.1"

# None is between 8081 and 9080, where the Functions emulator puts its Python workers.
AUTH = 9099
FIRESTORE = 8080
FUNCTIONS = 5001
HOSTING = 5000
TASKS = 9499
HUB = 4400
LOGGING = 4500
DJANGO = 8000
FCM = 9599
SCHEDULER = 9699

EMULATORS = {
    "auth": AUTH,
    "functions": FUNCTIONS,
    "firestore": FIRESTORE,
    "tasks": TASKS,
    "hosting": HOSTING,
    "hub": HUB,
    "logging": LOGGING,
}
"""Ports of firebase-tools, by their names in firebase.json."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A port that somebody listens on.

    Attributes:
        pid: None when the holder belongs to another user and may not be looked at.

    """

    port: int
    pid: int | None
    command: str

    def __str__(self) -> str:
        """Say it as a person needs it to end the holder."""
        if self.pid is None:
            return f"port {self.port} is held by a process of another user"
        return f"port {self.port} is held by process {self.pid}: {self.command}"


def busy(ports: Iterable[int]) -> list[Busy]:
    """Name who holds those of *ports* that cannot be listened on."""
    taken = [port for port in ports if not _is_free(port)]
    holders = _listeners() if taken else {}
    return [
        Busy(port=port, pid=holders.get(port), command=_command(holders.get(port)))
        for port in taken
    ]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do, so that connections of a former run that linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
        return True


def _listeners() -> dict[int, int]:
    found: dict[int, int] = {}
    # Asked process by process: the system-wide list needs root on macOS.
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    found.setdefault(connection.laddr.port, process.pid)
    return found


def _command(pid: int | None) -> str:
    if pid is None:
        return ""
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return "(a command that may not be read)"
