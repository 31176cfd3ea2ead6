"""A client for tests and demos: simulated devices, what each received, faults.

It speaks to the emulator's own endpoints, with the standard library only; messages are sent with
whatever client one uses for FCM.
"""

from urllib.parse import quote, urlencode

from fcm_emulator.calling import CALL_TIMEOUT_S, CallFailed
from fcm_emulator.device_client import Happened, OnScreen, Tray
from fcm_emulator.expecting import Expectations
from fcm_emulator.received import Received, parse
from fcm_emulator.targets import Target

__all__ = ["CallFailed", "EmulatorClient", "Happened", "OnScreen", "Received", "Tray"]


class EmulatorClient(Expectations):
    """One project of the emulator at *address* (`host:port`).

    Every method raises `CallFailed` with the emulator's reason, or `OSError` if nobody answers.
    """

    __slots__ = ()

    def messages(self, target: Target | None = None, *, after: int = 0) -> list[Received]:
        """List what was accepted, for one device or for all, oldest first."""
        query: dict[str, object] = {"after": after}
        if target is not None:
            query["target"] = target.value
        return self._received(f"/messages?{urlencode(query)}", CALL_TIMEOUT_S)

    def wait(
        self, count: int, *, target: Target | None = None, after: int = 0, timeout_ms: int = 10_000
    ) -> list[Received]:
        """Wait for *count* accepted messages; fewer come back when time runs out."""
        query: dict[str, object] = {"count": count, "after": after, "timeoutMs": timeout_ms}
        if target is not None:
            query["target"] = target.value
        timeout_s = CALL_TIMEOUT_S + timeout_ms / 1000
        return self._received(f"/messages:wait?{urlencode(query)}", timeout_s)

    def subscribe(self, target: Target, topic: str) -> None:
        """Subscribe a device to *topic*, as its app would; nothing changes if it is."""
        self.call("PATCH", _subscription(target, topic), {}, api="/v1")

    def unsubscribe(self, target: Target, topic: str) -> None:
        """End a device's subscription to *topic*, if there is one."""
        self.call("DELETE", _subscription(target, topic), api="/v1")

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
        self.call("POST", "/faults", call)

    def limit(self, **limits: int | None) -> None:
        """Change limits of the project, by their JSON names; None lifts one."""
        self.call("PATCH", "/limits", limits)

    def clear_faults(self) -> None:
        """Let sends succeed again."""
        self.call("DELETE", "/faults")

    def reset(self) -> None:
        """Forget the project's devices, messages, faults and time."""
        self.call("DELETE", "")

    def _received(self, path: str, timeout_s: float) -> list[Received]:
        answer = self.call("GET", path, timeout_s=timeout_s)
        return [parse(entry) for entry in answer["messages"]]


def _subscription(target: Target, topic: str) -> str:
    parent = f"/registrations/{quote(target.value, safe='')}/topicSubscriptions"
    return f"{parent}/{quote(topic, safe='')}?allowMissing=true"
