"""A client for tests and demos: simulated devices, what each received, faults.

It speaks to the emulator's own endpoints, with the standard library only; messages are sent with
whatever client one uses for FCM.
"""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from fcm_emulator.targets import Platform, Target

# Beyond the wait that was asked for: a loopback call takes milliseconds.
_CALL_TIMEOUT_S = 30.0


class CallFailed(Exception):
    """The emulator refused a call; the message is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message as a device got it; *shown* is the title and body on its screen, if any."""

    seq: int
    name: str
    accepted_at_ms: float
    target: Target
    platform: Platform
    label: str | None
    message: Mapping[str, Any]
    shown: Mapping[str, str | None] | None


@dataclass(frozen=True, slots=True)
class EmulatorClient:
    """One project of the emulator at *address* (`host:port`).

    Every method raises `CallFailed` with the emulator's reason, or `OSError` if nobody answers.
    """

    address: str
    project: str

    def register_device(
        self, target: Target, platform: Platform, *, label: str | None = None
    ) -> None:
        """Bring a device into being, or change the one with that target."""
        call = {"target": _target(target), "platform": platform, "label": label}
        self._call("POST", "/devices", call)

    def unregister(self, target: Target) -> None:
        """Remove a device, as if its app had been uninstalled."""
        self._call("POST", "/devices:unregister", {"target": _target(target)})

    def messages(self, target: Target | None = None, *, after: int = 0) -> list[Received]:
        """List what was accepted, for one device or for all, oldest first."""
        query: dict[str, object] = {"after": after}
        if target is not None:
            query["target"] = target.value
        return self._received(f"/messages?{urlencode(query)}", _CALL_TIMEOUT_S)

    def wait(
        self, count: int, *, target: Target | None = None, after: int = 0, timeout_ms: int = 10_000
    ) -> list[Received]:
        """Wait for *count* messages; fewer come back when time runs out."""
        query: dict[str, object] = {"count": count, "after": after, "timeoutMs": timeout_ms}
        if target is not None:
            query["target"] = target.value
        timeout_s = _CALL_TIMEOUT_S + timeout_ms / 1000
        return self._received(f"/messages:wait?{urlencode(query)}", timeout_s)

    def subscribe(self, target: Target, topic: str) -> None:
        """Subscribe a device to *topic*, as its app would; nothing changes if it is."""
        self._call("PATCH", _subscription(target, topic), {}, api="/v1")

    def unsubscribe(self, target: Target, topic: str) -> None:
        """End a device's subscription to *topic*, if there is one."""
        self._call("DELETE", _subscription(target, topic), api="/v1")

    def fault(
        self,
        error: str | None,
        *,
        target: Target | None = None,
        times: int | None = None,
        rate: float = 1.0,
        seed: int = 0,
        delay_ms: int = 0,
        retry_after_s: int | None = None,
    ) -> None:
        """Make sends fail with *error*: to one target or to all, *times* times or always.

        Args:
            error: One that the emulator knows; None to be late alone.
            target: Whose sends; None for all.
            times: How often; None for always.
            rate: What share of those sends, above 0 and up to 1.
            seed: Draws that share; the same one draws the same.
            delay_ms: How late the answer comes; what is accepted is accepted at once.
            retry_after_s: For a `Retry-After` header.

        """
        call = {
            "error": error,
            "target": target.value if target is not None else None,
            "times": times,
            "rate": rate,
            "seed": seed,
            "delayMs": delay_ms,
            "retryAfterS": retry_after_s,
        }
        self._call("POST", "/faults", call)

    def limit(self, **limits: int | None) -> None:
        """Change limits of the project, by their JSON names; None lifts one."""
        self._call("PATCH", "/limits", limits)

    def clear_faults(self) -> None:
        """Let sends succeed again."""
        self._call("DELETE", "/faults")

    def reset(self) -> None:
        """Forget the project's devices, messages and faults."""
        self._call("DELETE", "")

    def _received(self, path: str, timeout_s: float) -> list[Received]:
        answer = self._call("GET", path, timeout_s=timeout_s)
        return [_parse(entry) for entry in answer["messages"]]

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout_s: float = _CALL_TIMEOUT_S,
        api: str = "/emulator/v1",
    ) -> dict[str, Any]:
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


def _target(target: Target) -> dict[str, str]:
    return {"kind": target.kind, "value": target.value}


def _subscription(target: Target, topic: str) -> str:
    parent = f"/registrations/{quote(target.value, safe='')}/topicSubscriptions"
    return f"{parent}/{quote(topic, safe='')}?allowMissing=true"


def _parse(entry: Mapping[str, Any]) -> Received:
    return Received(
        seq=entry["seq"],
        name=entry["name"],
        accepted_at_ms=entry["acceptedAtMs"],
        target=Target(**entry["target"]),
        platform=entry["platform"],
        label=entry["label"],
        message=entry["message"],
        shown=entry["shown"],
    )
