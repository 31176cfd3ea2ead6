"""Discover the functions as the Firebase CLI does: their own Python serves the manifest once."""

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, cast

import requests
import yaml  # type: ignore[import-untyped] # read in one place, not worth its stubs

START_LIMIT_S = 30.0


def discover(functions: Path, *, environment: dict[str, str]) -> dict[str, Any]:
    """Return the manifest of the functions in *functions*.

    Raises:
        RuntimeError: Their code could not be loaded; the message is what Python said.

    """
    python = functions / "venv/bin/python"
    where = "import firebase_functions.private as p; print(list(p.__path__)[0])"
    found = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True)
    port = _free_port()
    process = subprocess.Popen(
        [python, Path(found.stdout.strip()) / "serving.py"],
        cwd=functions,
        env={**os.environ, **environment, "ADMIN_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        answer = _ask(f"http://127.0.0.1:{port}/__/functions.yaml", process)
    finally:
        process.terminate()
        _, said = process.communicate(timeout=10)
    if answer is None or not answer.ok:
        raise RuntimeError(f"functions/main.py does not load:\n{said}")
    return cast(dict[str, Any], yaml.safe_load(answer.text))


def _ask(url: str, process: subprocess.Popen[str]) -> requests.Response | None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return requests.get(url, timeout=START_LIMIT_S)
        except requests.ConnectionError:
            time.sleep(0.05)
    return None


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return cast(int, listener.getsockname()[1])
