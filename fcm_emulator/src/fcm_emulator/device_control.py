"""The emulator's own endpoints for devices: what they are, where they are, what they show."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fcm_emulator import views
from fcm_emulator.calls import TargetPart, invalid, new_target, not_found, number, read
from fcm_emulator.device import Device, Worker
from fcm_emulator.handset import Handset
from fcm_emulator.http import json_response
from fcm_emulator.ledger import Ledger
from fcm_emulator.project import Project
from fcm_emulator.targets import Platform


class WorkerPart(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """How a web app's own service worker is simulated."""

    data_key: str


class RegisterCall(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST devices`."""

    target: TargetPart
    platform: Platform
    label: str | None = None
    worker: WorkerPart | None = None


class TargetCall(msgspec.Struct, forbid_unknown_fields=True):
    """Body of a call about one device."""

    target: TargetPart


class MoveCall(msgspec.Struct, forbid_unknown_fields=True):
    """Body of `POST devices:move`; the label is the new device's."""

    target: TargetPart
    label: str | None = None


def routes(ledger: Ledger) -> list[Route]:
    """List the endpoints over *ledger*."""
    control = _DeviceControl(ledger)
    base = "/emulator/v1/projects/{project}/devices"
    one = base + "/{target}"
    return [
        Route(base, control.register, methods=["POST"]),
        Route(base, control.list_devices, methods=["GET"]),
        Route(f"{base}:unregister", control.unregister, methods=["POST"]),
        # What becomes of a registration is one thing to senders, whether its app is gone or idle.
        Route(f"{base}:expire", control.unregister, methods=["POST"]),
        Route(f"{base}:connect", control.connect, methods=["POST"]),
        Route(f"{base}:disconnect", control.disconnect, methods=["POST"]),
        Route(f"{base}:move", control.move, methods=["POST"]),
        Route(one, control.get, methods=["GET"]),
        Route(f"{one}/tray", control.tray, methods=["GET"]),
        Route(f"{one}/tray", control.clear_tray, methods=["DELETE"]),
        Route(f"{one}/history", control.history, methods=["GET"]),
    ]


class _DeviceControl:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def register(self, request: Request) -> Response:
        call = await read(request, RegisterCall)
        if call.worker is not None and call.platform != "web":
            raise invalid("worker: only a web device has a service worker")
        device = Device(
            target=new_target(call.target),
            platform=call.platform,
            label=call.label,
            worker=Worker(data_key=call.worker.data_key) if call.worker is not None else None,
        )
        return json_response(
            views.device(self._ledger.project(request.path_params["project"]).register(device)), 201
        )

    async def list_devices(self, request: Request) -> Response:
        project = self._project(request)
        project.settle()
        handsets = project.handsets.values()
        return json_response({"devices": [views.device(handset) for handset in handsets]})

    async def unregister(self, request: Request) -> Response:
        project, handset = await self._called(request)
        project.unregister(handset.device.target.value)
        return json_response({})

    async def connect(self, request: Request) -> Response:
        project, handset = await self._called(request)
        project.set_online(handset, True)
        return json_response(views.device(handset))

    async def disconnect(self, request: Request) -> Response:
        project, handset = await self._called(request)
        project.set_online(handset, False)
        return json_response(views.device(handset))

    async def move(self, request: Request) -> Response:
        call = await read(request, MoveCall)
        project = self._project(request)
        handset = _find(project, call.target.value)
        old = handset.device
        device = Device(
            target=old.target, platform=old.platform, label=call.label, worker=old.worker
        )
        return json_response(views.device(project.move(handset, device)))

    async def get(self, request: Request) -> Response:
        return json_response(views.device(self._named(request)))

    async def tray(self, request: Request) -> Response:
        return json_response(views.tray(self._named(request)))

    async def clear_tray(self, request: Request) -> Response:
        handset = self._named(request)
        seq = number(request, "seq", 0) if "seq" in request.query_params else None
        count = self._project(request).clear_tray(handset, seq)
        if seq is not None and not count:
            raise not_found(f"seq: no notification of message {seq} is on the screen")
        return json_response({"cleared": count})

    async def history(self, request: Request) -> Response:
        return json_response(views.history(self._named(request)))

    def _project(self, request: Request) -> Project:
        return self._ledger.look(request.path_params["project"])

    def _named(self, request: Request) -> Handset:
        project = self._project(request)
        project.settle()
        return _find(project, request.path_params["target"])

    async def _called(self, request: Request) -> tuple[Project, Handset]:
        call: Any = await read(request, TargetCall)
        project = self._project(request)
        return project, _find(project, call.target.value)


def _find(project: Project, target: str) -> Handset:
    handset = project.handset(target)
    if handset is None:
        raise not_found("target: no device is registered under it")
    return handset
