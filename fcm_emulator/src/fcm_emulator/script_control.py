"""The emulator's own endpoints for what goes wrong: scripted faults, and a project's limits."""

import random
from dataclasses import asdict, fields

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fcm_emulator import faults
from fcm_emulator.calls import invalid, read
from fcm_emulator.faults import Fault
from fcm_emulator.http import json_response
from fcm_emulator.ledger import Ledger
from fcm_emulator.limits import Limits

# As long as the admin SDKs wait for an answer at most, twice.
_MAX_DELAY_MS = 240_000
# More is as good as no limit, which null says better.
_MAX_LIMIT = 1_000_000_000


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


_LIMITS: dict[str, str] = {_camel(field.name): field.name for field in fields(Limits)}


class FaultCall(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Body of `POST faults`; *times* null or absent means always."""

    error: str | None = None
    target: str | None = None
    times: int | None = None
    rate: float = 1.0
    seed: int = 0
    delay_ms: int = 0
    retry_after_s: int | None = None

    def problem(self) -> str | None:
        """Say what is wrong with the call, if anything is."""
        if self.error is None and not self.delay_ms:
            return "error: must be given, or else delayMs"
        if self.error is not None and self.error not in faults.SCRIPTABLE:
            return f"error: must be one of {', '.join(faults.SCRIPTABLE)}"
        if self.times is not None and self.times < 1:
            return "times: must be 1 or more, or null for always"
        if not 0 < self.rate <= 1:
            return "rate: must be above 0 and at most 1"
        if not 0 <= self.delay_ms <= _MAX_DELAY_MS:
            return f"delayMs: must be from 0 to {_MAX_DELAY_MS} milliseconds"
        if self.retry_after_s is not None and self.retry_after_s < 0:
            return "retryAfterS: must be 0 or more seconds"
        return None


def routes(ledger: Ledger) -> list[Route]:
    """List the endpoints over *ledger*."""
    control = _ScriptControl(ledger)
    base = "/emulator/v1/projects/{project}"
    return [
        Route(f"{base}/faults", control.add_fault, methods=["POST"]),
        Route(f"{base}/faults", control.list_faults, methods=["GET"]),
        Route(f"{base}/faults", control.clear_faults, methods=["DELETE"]),
        Route(f"{base}/limits", control.show_limits, methods=["GET"]),
        Route(f"{base}/limits", control.change_limits, methods=["PATCH"]),
    ]


class _ScriptControl:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def add_fault(self, request: Request) -> Response:
        call = await read(request, FaultCall)
        if (problem := call.problem()) is not None:
            raise invalid(problem)
        fault = Fault(
            error=call.error,
            target=call.target,
            remaining=call.times,
            rate=call.rate,
            delay_ms=call.delay_ms,
            retry_after_s=call.retry_after_s,
            chance=random.Random(call.seed),  # noqa: S311 - to be foretold is its purpose
        )
        self._ledger.project(request.path_params["project"]).faults.add(fault)
        return json_response(call, 201)

    async def list_faults(self, request: Request) -> Response:
        project = self._ledger.project(request.path_params["project"])
        return json_response({"faults": [_describe_fault(fault) for fault in project.faults]})

    async def clear_faults(self, request: Request) -> Response:
        self._ledger.project(request.path_params["project"]).faults.clear()
        return json_response({})

    async def show_limits(self, request: Request) -> Response:
        project = self._ledger.look(request.path_params["project"])
        return json_response(_describe(project.use.limits))

    async def change_limits(self, request: Request) -> Response:
        changes = await read(request, dict[str, int | None])
        for name, value in changes.items():
            if name not in _LIMITS:
                raise invalid(f"{name}: must be one of {', '.join(_LIMITS)}")
            if value is not None and not 0 <= value <= _MAX_LIMIT:
                raise invalid(f"{name}: must be from 0 to {_MAX_LIMIT}, or null for no limit")
        use = self._ledger.project(request.path_params["project"]).use
        named = {_LIMITS[name]: value for name, value in changes.items()}
        try:
            use.limits = msgspec.convert(asdict(use.limits) | named, Limits)
        except msgspec.ValidationError as error:
            raise invalid(f"body: {error}") from error
        return json_response(_describe(use.limits))


def _describe_fault(fault: Fault) -> dict[str, str | float | None]:
    return {
        "error": fault.error,
        "target": fault.target,
        "remaining": fault.remaining,
        "rate": fault.rate,
        "delayMs": fault.delay_ms,
        "retryAfterS": fault.retry_after_s,
    }


def _describe(limits: Limits) -> dict[str, int | None]:
    return {name: getattr(limits, attribute) for name, attribute in _LIMITS.items()}
