"""Plain HTTP calls of `messages:send`, and devices to send to; the emulator is the plugin's."""

import http.client
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.pytest_plugin import start_emulator, stop_emulator
from fcm_emulator.targets import Target, new_fid, new_legacy_token

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, with the parts that tests look at."""

    http_status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]

    @property
    def fcm_code(self) -> str | None:
        codes = [d["errorCode"] for d in self.error.get("details", []) if d["@type"] == FCM_ERROR]
        return codes[0] if codes else None

    @property
    def violated_fields(self) -> list[str]:
        return [
            violation.get("field", "")
            for detail in self.error.get("details", [])
            for violation in detail.get("fieldViolations", [])
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Calls of one project's `messages:send`, as any HTTP client would make them."""

    address: str
    project: str

    def send(self, message: Mapping[str, Any], **fields: object) -> Reply:
        return self.post(json.dumps({"message": message, **fields}).encode())

    def post(
        self,
        body: bytes,
        *,
        path: str | None = None,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        own = {"Authorization": "Bearer owner", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            where = path or f"/v1/projects/{self.project}/messages:send"
            connection.request(method, where, body, dict(own if headers is None else headers))
            response = connection.getresponse()
            return Reply(
                http_status=response.status,
                headers={name.lower(): value for name, value in response.getheaders()},
                body=response.read(),
            )
        finally:
            connection.close()


@pytest.fixture(name="start")
def _start() -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    started: list[subprocess.Popen[str]] = []

    def start(*options: str) -> tuple[subprocess.Popen[str], str]:
        process, address = start_emulator(*options)
        started.append(process)
        return process, address

    yield start
    for process in started:
        stop_emulator(process)


@pytest.fixture(name="sender")
def _sender(fcm: EmulatorClient) -> Sender:
    return Sender(address=fcm.address, project=fcm.project)


@pytest.fixture(name="phone")
def _phone(fcm: EmulatorClient) -> Target:
    target = new_fid()
    fcm.register_device(target, "android", label="a phone")
    return target


@pytest.fixture(name="old_phone")
def _old_phone(fcm: EmulatorClient) -> Target:
    target = new_legacy_token()
    fcm.register_device(target, "android", label="a phone of old")
    return target
