"""How the client calls the emulator: one request, one answer, one exception."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fcm_emulator.targets import Target

# Beyond the wait that was asked for: a loopback call takes milliseconds.
CALL_TIMEOUT_S = 30.0


class CallFailed(Exception):
    """The emulator refused a call; the message is its own."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One project of the emulator at *address* (`host:port`)."""

    address: str
    project: str

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout_s: float = CALL_TIMEOUT_S,
        api: str = "/emulator/v1",
    ) -> dict[str, Any]:
        """Call one of the emulator's endpoints; *path* follows the project.

        Args:
            method: HTTP's.
            path: With its query, percent-encoded.
            body: JSON to be.
            timeout_s: How long to wait for the answer.
            api: What stands before the project: the emulator's own prefix or FCM's.

        Raises:
            CallFailed: with the emulator's reason.
            OSError: nobody answers.

        """
        connection = http.client.HTTPConnection(self.address, timeout=timeout_s)
        try:
            where = f"{api}/projects/{quote(self.project, safe='')}{path}"
            content = json.dumps(body) if body is not None else None
            connection.request(method, where, content, {"Authorization": "Bearer owner"})
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= http.client.BAD_REQUEST:
            raise CallFailed(f"{method} {path}: {answer['error']['message']}")
        return answer


def target_part(target: Target) -> dict[str, str]:
    """Give *target* as the wire has it."""
    return {"kind": target.kind, "value": target.value}
