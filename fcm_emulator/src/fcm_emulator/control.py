"""The emulator's own endpoints for messages, time and reset.

Not Google's: for tests, demos and people. Errors have Google's shape, so one client reads both.
"""

from typing import Any, cast, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fcm_emulator import display
from fcm_emulator.calls import invalid, number, read
from fcm_emulator.device import Accepted
from fcm_emulator.http import json_response
from fcm_emulator.ledger import Ledger
from fcm_emulator.project import Wanted
from fcm_emulator.targets import Platform

# A client that waits longer should ask again; proxies and laptops cut idle connections.
_MAX_WAIT_MS = 600_000
_DEFAULT_WAIT_MS = 10_000
# A century, in all: what lies far beyond no longer fits a date.
_MAX_ADVANCE_S = 100 * 365 * 86_400


class AdvanceCall(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST clock:advance`."""

    seconds: float


def routes(ledger: Ledger) -> list[Route]:
    """List the endpoints over *ledger*."""
    control = _Control(ledger)
    base = "/emulator/v1/projects/{project}"
    return [
        Route(f"{base}/messages", control.list_messages, methods=["GET"]),
        Route(f"{base}/messages:wait", control.wait_for_messages, methods=["GET"]),
        Route(f"{base}/clock", control.tell_time, methods=["GET"]),
        Route(f"{base}/clock:advance", control.advance, methods=["POST"]),
        Route("/emulator/v1/projects", control.list_projects, methods=["GET"]),
        Route(base, control.reset, methods=["DELETE"]),
    ]


class _Control:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def list_messages(self, request: Request) -> Response:
        project = self._ledger.look(request.path_params["project"])
        project.settle()
        found = project.messages(_wanted(request))
        return json_response({"messages": [describe_message(accepted) for accepted in found]})

    async def wait_for_messages(self, request: Request) -> Response:
        project = self._ledger.project(request.path_params["project"])
        timeout_ms = min(number(request, "timeoutMs", _DEFAULT_WAIT_MS), _MAX_WAIT_MS)
        found = await project.wait(
            number(request, "count", 1), _wanted(request), timeout_s=timeout_ms / 1000
        )
        return json_response({"messages": [describe_message(accepted) for accepted in found]})

    async def list_projects(self, _request: Request) -> Response:
        return json_response({"projects": self._ledger.project_ids()})

    async def tell_time(self, request: Request) -> Response:
        project = self._ledger.look(request.path_params["project"])
        return json_response({"nowMs": project.now_ms()})

    async def advance(self, request: Request) -> Response:
        call = await read(request, AdvanceCall)
        if not 0 <= call.seconds <= _MAX_ADVANCE_S:
            raise invalid(f"seconds: must be from 0 to {_MAX_ADVANCE_S}")
        project = self._ledger.project(request.path_params["project"])
        by_ns = round(call.seconds * 1e9)
        if project.now_ns() - project.clock_ns() + by_ns > _MAX_ADVANCE_S * 1_000_000_000:
            raise invalid(
                f"seconds: the project's clock would be more than {_MAX_ADVANCE_S} seconds ahead "
                "in all; reset the project to begin again"
            )
        project.advance(by_ns)
        return json_response({"nowMs": project.now_ms()})

    async def reset(self, request: Request) -> Response:
        self._ledger.reset(request.path_params["project"])
        return json_response({})


def describe_message(accepted: Accepted) -> dict[str, Any]:
    """Give a message and what became of it, for the wire."""
    device = accepted.device
    shown = display.resolve(accepted.message, device.platform, device.worker_data_key)
    return {
        "seq": accepted.seq,
        "name": accepted.name,
        "acceptedAtMs": accepted.accepted_at_ms,
        "target": device.target,
        "platform": device.platform,
        "label": device.label,
        "message": accepted.message,
        "shown": None if shown is None else {"title": shown.title, "body": shown.body},
        "outcome": accepted.outcome,
        "deliveredAtMs": accepted.delivered_at_ms,
    }


def _wanted(request: Request) -> Wanted:
    platform = request.query_params.get("platform")
    if platform not in (None, *get_args(Platform)):
        raise invalid(f"platform: must be one of {', '.join(get_args(Platform))}")
    outcome = request.query_params.get("outcome")
    if outcome not in (None, "delivered"):
        raise invalid("outcome: must be delivered, or absent for any")
    return Wanted(
        after=number(request, "after", 0),
        target=request.query_params.get("target"),
        platform=cast(Platform | None, platform),
        is_delivered_only=outcome is not None,
    )
