"""The emulator's own endpoints: devices, received messages, scripted faults, reset.

Not Google's: for tests, demos and people. Errors have Google's shape, so one client reads both.
"""

from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fcm_emulator import display, errors, targets
from fcm_emulator.http import json_response, read_body
from fcm_emulator.ledger import Accepted, Device, Fault, Ledger
from fcm_emulator.refusal import Refused, status
from fcm_emulator.targets import Platform, Target, TargetKind

# A client that waits longer should ask again; proxies and laptops cut idle connections.
_MAX_WAIT_MS = 600_000
_DEFAULT_WAIT_MS = 10_000

T = TypeVar("T")


class TargetPart(msgspec.Struct, forbid_unknown_fields=True):
    """`{"kind", "value"}` on the wire."""

    kind: TargetKind
    value: str


class RegisterCall(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST devices`."""

    target: TargetPart
    platform: Platform
    label: str | None = None


class UnregisterCall(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST devices:unregister`."""

    target: TargetPart


class FaultCall(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Body of `POST faults`; *times* null or absent means always."""

    error: str
    target: str | None = None
    times: int | None = None
    retry_after_s: int | None = None


def routes(ledger: Ledger) -> list[Route]:
    """List the endpoints over *ledger*."""
    control = _Control(ledger)
    base = "/emulator/v1/projects/{project}"
    return [
        Route(f"{base}/devices", control.register, methods=["POST"]),
        Route(f"{base}/devices", control.list_devices, methods=["GET"]),
        Route(f"{base}/devices:unregister", control.unregister, methods=["POST"]),
        Route(f"{base}/messages", control.list_messages, methods=["GET"]),
        Route(f"{base}/messages:wait", control.wait_for_messages, methods=["GET"]),
        Route(f"{base}/faults", control.add_fault, methods=["POST"]),
        Route(f"{base}/faults", control.clear_faults, methods=["DELETE"]),
        Route(base, control.reset, methods=["DELETE"]),
    ]


class _Control:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def register(self, request: Request) -> Response:
        call = await _read(request, RegisterCall)
        target = Target(kind=call.target.kind, value=call.target.value)
        if not target.is_well_formed:
            raise _invalid(f"target.value: {_form(target)}")
        device = Device(target=target, platform=call.platform, label=call.label)
        self._ledger.project(request.path_params["project"]).register(device)
        return json_response(device, 201)

    async def list_devices(self, request: Request) -> Response:
        project = self._ledger.project(request.path_params["project"])
        return json_response({"devices": list(project.devices.values())})

    async def unregister(self, request: Request) -> Response:
        call = await _read(request, UnregisterCall)
        project = self._ledger.project(request.path_params["project"])
        if project.unregister(call.target.value) is None:
            raise Refused(status(404, "NOT_FOUND", "target: no device is registered under it"))
        return json_response({})

    async def list_messages(self, request: Request) -> Response:
        project = self._ledger.project(request.path_params["project"])
        target = request.query_params.get("target")
        found = project.messages(target=target, after=_number(request, "after", 0))
        return json_response({"messages": [_describe(accepted) for accepted in found]})

    async def wait_for_messages(self, request: Request) -> Response:
        project = self._ledger.project(request.path_params["project"])
        timeout_ms = min(_number(request, "timeoutMs", _DEFAULT_WAIT_MS), _MAX_WAIT_MS)
        found = await project.wait(
            _number(request, "count", 1),
            target=request.query_params.get("target"),
            after=_number(request, "after", 0),
            timeout_s=timeout_ms / 1000,
        )
        return json_response({"messages": [_describe(accepted) for accepted in found]})

    async def add_fault(self, request: Request) -> Response:
        call = await _read(request, FaultCall)
        if call.error not in errors.SCRIPTABLE:
            raise _invalid(f"error: must be one of {', '.join(errors.SCRIPTABLE)}")
        if call.times is not None and call.times < 1:
            raise _invalid("times: must be 1 or more, or null for always")
        if call.retry_after_s is not None and call.retry_after_s < 0:
            raise _invalid("retryAfterS: must be 0 or more seconds")
        fault = Fault(
            error=call.error,
            target=call.target,
            remaining=call.times,
            retry_after_s=call.retry_after_s,
        )
        self._ledger.project(request.path_params["project"]).faults.append(fault)
        return json_response(call, 201)

    async def clear_faults(self, request: Request) -> Response:
        self._ledger.project(request.path_params["project"]).faults.clear()
        return json_response({})

    async def reset(self, request: Request) -> Response:
        self._ledger.reset(request.path_params["project"])
        return json_response({})


def _describe(accepted: Accepted) -> dict[str, Any]:
    device = accepted.device
    return {
        "seq": accepted.seq,
        "name": accepted.name,
        "acceptedAtMs": accepted.accepted_at_ms,
        "target": device.target,
        "platform": device.platform,
        "label": device.label,
        "message": accepted.message,
        "shown": display.resolve(accepted.message, device.platform),
    }


async def _read(request: Request, call: type[T]) -> T:
    try:
        return msgspec.json.decode(await read_body(request), type=call)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _invalid(f"body: {error}") from error


def _invalid(problem: str) -> Refused:
    return Refused(status(400, "INVALID_ARGUMENT", problem))


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise _invalid(f"{name}: must be a whole number of 0 or more")
    return int(text)


def _form(target: Target) -> str:
    if target.kind == "fid":
        return f"not a FID: 22 characters, such as {targets.new_fid().value}"
    return "not a registration token: a FID, a colon, APA91b and more of A-Z, a-z, 0-9, - and _"
