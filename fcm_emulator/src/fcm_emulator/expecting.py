"""The client's ways to say what a test expects, each with a failure that one can read."""

import time
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from fcm_emulator.calling import CALL_TIMEOUT_S
from fcm_emulator.device_client import DeviceCalls
from fcm_emulator.expectation import Expectation, report
from fcm_emulator.received import Received, parse
from fcm_emulator.targets import Platform, Target

# A delivery through emulators on a busy machine takes seconds.
_DEFAULT_WAIT_MS = 10_000


class Expectations(DeviceCalls):
    """What a test expects to have reached a device; pending messages have not."""

    __slots__ = ()

    def wait_for(
        self,
        matches: Callable[[Received], bool] = lambda _: True,
        *,
        count: int = 1,
        target: Target | None = None,
        platform: Platform | None = None,
        timeout_ms: int = _DEFAULT_WAIT_MS,
    ) -> list[Received]:
        """Wait until *count* delivered messages match; fewer come back when time runs out.

        Args:
            matches: Looks at one message.
            count: How many to wait for.
            target: Only those of one device.
            platform: Only those of devices of one platform.
            timeout_ms: How long to wait.

        """
        deadline = time.monotonic() + timeout_ms / 1000
        delivered_count = 0
        while True:
            left_ms = max(0, round((deadline - time.monotonic()) * 1000))
            delivered = self._delivered(target, platform, delivered_count, left_ms)
            found = [received for received in delivered if matches(received)]
            if len(found) >= count or time.monotonic() >= deadline:
                return found
            delivered_count = len(delivered) + 1

    def assert_received(
        self,
        target: Target,
        *,
        title: str | None = None,
        body: str | None = None,
        data: Mapping[str, str] | None = None,
        timeout_ms: int = _DEFAULT_WAIT_MS,
    ) -> Received:
        """Wait for a message on *target* with all that is given, and give the first such.

        Args:
            target: The device.
            title: As its screen shows it.
            body: As its screen shows it.
            data: Keys and values among those that its app gets; others may be there.
            timeout_ms: How long to wait.

        Raises:
            AssertionError: none came; the message says what did.

        """
        __tracebackhide__ = True

        expected = Expectation(title=title, body=body, data=data)
        found = self.wait_for(expected.is_met_by, target=target, timeout_ms=timeout_ms)
        if found:
            return found[0]
        missed = f"{target.value} did not receive {expected} within {timeout_ms} ms"
        raise AssertionError(f"{missed}\n{self._report(target)}")

    def assert_nothing_received(
        self, target: Target | None = None, *, within_ms: int = 500
    ) -> None:
        """Hold that nothing has reached a device, or any, and nothing does within *within_ms*.

        Raises:
            AssertionError: something did; the message lists it.

        """
        __tracebackhide__ = True
        if self.wait_for(target=target, timeout_ms=within_ms):
            who = target.value if target is not None else "Devices"
            raise AssertionError(f"{who} received what was not expected\n{self._report(target)}")

    def _delivered(
        self, target: Target | None, platform: Platform | None, count: int, timeout_ms: int
    ) -> list[Received]:
        query: dict[str, object] = {"outcome": "delivered", "count": count, "timeoutMs": timeout_ms}
        if target is not None:
            query["target"] = target.value
        if platform is not None:
            query["platform"] = platform
        timeout_s = CALL_TIMEOUT_S + timeout_ms / 1000
        answer = self.call("GET", f"/messages:wait?{urlencode(query)}", timeout_s=timeout_s)
        return [parse(entry) for entry in answer["messages"]]

    def _report(self, target: Target | None) -> str:
        query = "" if target is None else f"?{urlencode({'target': target.value})}"
        entries = self.call("GET", f"/messages{query}")["messages"]
        return report([parse(entry) for entry in entries])
