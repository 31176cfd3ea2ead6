"""The emulator's own endpoint that waits for an expected message, for tests in any language."""

import asyncio
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fcm_emulator.calls import TargetPart, read
from fcm_emulator.control import describe_message
from fcm_emulator.device import Accepted
from fcm_emulator.expectation import Expectation, report
from fcm_emulator.http import json_response
from fcm_emulator.ledger import Ledger
from fcm_emulator.project import Project, Wanted
from fcm_emulator.received import Received, parse
from fcm_emulator.refusal import Refused, status
from fcm_emulator.targets import Platform

# A delivery through emulators on a busy machine takes seconds.
_DEFAULT_WAIT_MS = 10_000
# As with messages:wait.
_MAX_WAIT_MS = 600_000


class AssertCall(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Body of `POST messages:assert`; a target may be given as its value alone."""

    target: TargetPart | str | None = None
    platform: Platform | None = None
    title: str | None = None
    body: str | None = None
    data: dict[str, str] | None = None
    count: Annotated[int, msgspec.Meta(ge=1)] = 1
    within_ms: Annotated[int, msgspec.Meta(ge=0, le=_MAX_WAIT_MS)] = _DEFAULT_WAIT_MS

    @property
    def expectation(self) -> Expectation:
        """What each message must have."""
        return Expectation(title=self.title, body=self.body, data=self.data)

    def wanted(self, *, is_delivered_only: bool) -> Wanted:
        """Which messages are looked at."""
        target = self.target.value if isinstance(self.target, TargetPart) else self.target
        return Wanted(target=target, platform=self.platform, is_delivered_only=is_delivered_only)


def routes(ledger: Ledger) -> list[Route]:
    """List the endpoint over *ledger*."""

    async def assert_received(request: Request) -> Response:
        call = await read(request, AssertCall)
        project = ledger.project(request.path_params["project"])
        found = await _wait(project, call)
        if len(found) < call.count:
            raise Refused(status(409, "ABORTED", _complaint(project, call, len(found))))
        return json_response({"messages": [describe_message(accepted) for accepted in found]})

    path = "/emulator/v1/projects/{project}/messages:assert"
    return [Route(path, assert_received, methods=["POST"])]


async def _wait(project: Project, call: AssertCall) -> list[Accepted]:
    clock = asyncio.get_running_loop().time
    deadline = clock() + call.within_ms / 1000
    expectation, wanted = call.expectation, call.wanted(is_delivered_only=True)
    # What is delivered changes no more: each is looked at once, however many follow.
    judged: dict[int, bool] = {}
    count = call.count
    while True:
        left_s = max(deadline - clock(), 0)
        delivered = await project.wait(count, wanted, timeout_s=left_s)
        for accepted in delivered:
            if accepted.seq not in judged:
                judged[accepted.seq] = expectation.is_met_by(_received(accepted))
        found = [accepted for accepted in delivered if judged[accepted.seq]]
        if len(found) >= call.count or project.is_closed or clock() >= deadline:
            return found
        count = len(delivered) + 1


def _complaint(project: Project, call: AssertCall, found_count: int) -> str:
    wanted = call.wanted(is_delivered_only=False)
    who = wanted.target or (f"{call.platform} devices" if call.platform else "devices")
    what = str(call.expectation)
    if call.count > 1:
        what = f"{call.count} times {what}, but {found_count}"
    listed = report([_received(accepted) for accepted in project.messages(wanted)])
    return f"{who} did not receive {what} within {call.within_ms} ms\n{listed}"


def _received(accepted: Accepted) -> Received:
    entry: dict[str, Any] = msgspec.to_builtins(describe_message(accepted))
    return parse(entry)
