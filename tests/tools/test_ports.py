"""The stack's ports: those that firebase.json names, and who holds one that is busy."""

import json
import os
import socket
from pathlib import Path

from tools import ports

ROOT = Path(__file__).parents[2]


def test_ports_are_those_of_firebase_json() -> None:
    emulators = json.loads((ROOT / "firebase.json").read_text())["emulators"]

    named = {name: entry["port"] for name, entry in emulators.items() if name in ports.EMULATORS}

    assert named == ports.EMULATORS


def test_a_busy_port_is_named_with_its_holder() -> None:
    with socket.create_server((ports.HOST, 0)) as server:
        port = server.getsockname()[1]

        (held,) = ports.busy([port])

    assert held.pid == os.getpid()
    assert str(held).startswith(f"port {port} is held by process {os.getpid()}: ")
    assert "pytest" in held.command


def test_a_port_is_free_when_its_holder_is_gone() -> None:
    with socket.create_server((ports.HOST, 0)) as server:
        port = server.getsockname()[1]

    assert ports.busy([port]) == []
