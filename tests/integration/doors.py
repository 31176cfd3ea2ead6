"""The functions as deployed: each served by functions-framework, as on Cloud Run."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tests.integration.scene import Snapshot
from tools import cloud_event

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"
MORTAL = Path(__file__).parent / "failpoints/main.py"
"""What the instance `DOOMED` serves: the same functions, with points to die at."""
DOOMED = 99
VERIFYING = 98
"""The instance that takes Google's public keys from this machine: public_keys/main.py says how."""
SOURCES = {
    str(DOOMED): MORTAL,
    str(VERIFYING): Path(__file__).parent / "public_keys/main.py",
}
DIED = 0
"""The status of a call whose instance died at it."""
START_LIMIT_S = 60.0
CALL_LIMIT_S = 60.0


class Doors:
    """The functions of one project; each is started when first used, anew when it died.

    Instances of one function are processes of their own, as two instances on Cloud Run are. The
    instance `DOOMED` can be killed in the middle of its work.
    """

    def __init__(self, project: str, logs: Path) -> None:
        """Serve *project* with the emulators that the environment names; write to *logs*."""
        self.project = project
        self._logs = logs
        self._failpoint = logs / "failpoint"
        self._running: dict[str, tuple[subprocess.Popen[bytes], int]] = {}

    def kill_at(self, failpoint: str) -> None:
        """Have the next `DOOMED` instance that comes by die, once: failpoints/main.py says how."""
        self._failpoint.write_text(failpoint)

    def url(self, function: str, *, instance: int = 0, **environment: str) -> str:
        """Return where *function* is served, started with *environment* if it is not yet."""
        name = f"{function}-{instance}"
        if name not in self._running or self._running[name][0].poll() is not None:
            self._running[name] = self._start(function, name, environment)
            self._wait(name)
        return f"http://127.0.0.1:{self._running[name][1]}/"

    def created(
        self,
        snapshot: Snapshot,
        *,
        function: str = "on_notification_created",
        instance: int = 0,
    ) -> int:
        """Post the event of *snapshot*'s creation; return the status: not 200 asks for it again."""
        return self._post(cloud_event.created(snapshot), function, instance)

    def updated(
        self, before: Snapshot, after: Snapshot, *, function: str, instance: int = 0
    ) -> int:
        """Post the event of a document's change; return the status, as `created`."""
        return self._post(cloud_event.updated(before, after), function, instance)

    def written(
        self,
        before: "Snapshot | None",
        after: "Snapshot | None",
        *,
        function: str,
        instance: int = 0,
    ) -> int:
        """Post the event of any write; None stands for no document. Return the status."""
        return self._post(cloud_event.written(before, after), function, instance)

    def task(self, kind: str, id: str, *, instance: int = 0) -> int:
        """Dispatch a task of the `deliver` queue; return the status, as `created`."""
        body = json.dumps({"data": {"kind": kind, "id": id}}).encode()
        headers = {"content-type": "application/json"}
        return self._send("deliver", instance, body, headers)

    def call(self, function: str, data: Any, id_token: str | None = None) -> requests.Response:
        """Call a callable function as Firebase's client SDKs do."""
        headers = {"Authorization": f"Bearer {id_token}"} if id_token else {}
        return requests.post(
            self.url(function), json={"data": data}, headers=headers, timeout=CALL_LIMIT_S
        )

    def logged(self) -> dict[Path, int]:
        """Return how many bytes each function has logged so far; `said` takes it."""
        return {path: path.stat().st_size for path in self._logs.glob("*.log")}

    def said(self, *, since: Mapping[Path, int]) -> str:
        """Return all that the functions have logged since `logged` was asked."""
        logs = [path.read_bytes()[since.get(path, 0) :] for path in self._logs.glob("*.log")]
        return b"".join(logs).decode(errors="replace")

    def end(self, function: str, *, instance: int = 0) -> None:
        """End an instance, with what it remembers; the next call starts it anew."""
        if running := self._running.pop(f"{function}-{instance}", None):
            _end(running[0])

    def close(self) -> None:
        """End every process."""
        for process, _ in self._running.values():
            _end(process)

    def _start(
        self, function: str, name: str, environment: Mapping[str, str]
    ) -> tuple[subprocess.Popen[bytes], int]:
        port = free_port()
        signature = "cloudevent" if function.startswith("on_") else "http"
        is_doomed = name.endswith(f"-{DOOMED}")
        source = SOURCES.get(name.rpartition("-")[2], FUNCTIONS / "main.py")
        command = [
            *(sys.executable, "-m", "functions_framework", "--host", "127.0.0.1"),
            *("--target", function, "--signature-type", signature, "--port", str(port)),
            *("--source", str(source)),
        ]
        own = {
            "GCLOUD_PROJECT": self.project,
            "GOOGLE_CLOUD_PROJECT": self.project,
            "FUNCTIONS_EMULATOR": "true",
            "PYTHONUNBUFFERED": "1",
            "FAILPOINT_FILE": str(self._failpoint),
        }
        if is_doomed:  # whose work nobody else is to finish before the test does
            own["CLOUD_TASKS_EMULATOR_HOST"] = f"127.0.0.1:{free_port()}"
        with (self._logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=FUNCTIONS,
                env={**os.environ, **own, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return process, port

    def _post(self, event: tuple[dict[str, str], bytes], function: str, instance: int) -> int:
        headers, body = event
        # Firestore's events carry ids in headers as plain UTF-8 (firebase-functions-python #220).
        encoded = {name: value.encode() for name, value in headers.items()}
        return self._send(function, instance, body, encoded)

    def _send(
        self, function: str, instance: int, body: bytes, headers: Mapping[str, str | bytes]
    ) -> int:
        url = self.url(function, instance=instance)
        try:
            return requests.post(url, body, headers=headers, timeout=CALL_LIMIT_S).status_code
        except requests.ConnectionError:
            self._running[f"{function}-{instance}"][0].wait(START_LIMIT_S)
            return DIED

    def _wait(self, name: str) -> None:
        process, port = self._running[name]
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError((self._logs / f"{name}.log").read_text(errors="replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(START_LIMIT_S)


def free_port() -> int:
    """Return a port that nobody listened on a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
