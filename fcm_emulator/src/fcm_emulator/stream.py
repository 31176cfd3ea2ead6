"""The live stream of a project's devices, as server-sent events.

States, not happenings, are sent: whoever falls behind or reconnects gets each device as it now is,
once, so nothing has to be kept for watchers and a burst of messages costs them little.
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from fcm_emulator import views
from fcm_emulator.ledger import Ledger
from fcm_emulator.project import Project

# Proxies and browsers take a silent connection for a dead one; often enough for most.
_KEEP_ALIVE_S = 15.0
# Changes within this time go out together: a page does not need more than twenty frames a second.
_GATHER_S = 0.05
# How long a browser waits before it reconnects.
_RETRY_MS = 500


def routes(ledger: Ledger) -> list[Route]:
    """List the endpoint over *ledger*."""

    async def events(request: Request) -> Response:
        project = ledger.project(request.path_params["project"])
        since = _since(request.headers.get("last-event-id", ""), project)
        return StreamingResponse(
            _frames(project, since),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    return [Route("/emulator/v1/projects/{project}/events", events, methods=["GET"])]


def _since(last_event_id: str, project: Project) -> int | None:
    """Find what the watcher knows; None after a reset, or too long ago."""
    epoch, _, revision = last_event_id.partition(".")
    if epoch != project.epoch or not (revision.isascii() and revision.isdigit()):
        return None
    since = int(revision[:15])
    return since if project.remembers_removals_after(since) else None


async def _frames(project: Project, since: int | None) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % _RETRY_MS
    while not project.is_closed:
        project.settle()
        if since is None or since != project.revision:
            frames = _snapshot(project) if since is None else _changes(project, since)
            since = project.revision
            yield b"%sid: %s.%d\n%s" % (frames, project.epoch.encode(), since, _event("sync", {}))
            continue
        try:
            async with asyncio.timeout(_KEEP_ALIVE_S):
                await project.arrivals.next()
        except TimeoutError:
            yield b": still here\n\n"
        else:
            await asyncio.sleep(_GATHER_S)


def _snapshot(project: Project) -> bytes:
    devices = [views.device_and_tray(handset) for handset in project.handsets.values()]
    return _event("snapshot", {"devices": devices})


def _changes(project: Project, since: int) -> bytes:
    removed = [
        _event("removed", {"target": target})
        for revision, target in project.removals
        if revision > since
    ]
    changed = [
        _event("device", views.device_and_tray(handset))
        for handset in project.handsets.values()
        if handset.revision > since
    ]
    return b"".join([*removed, *changed])


def _event(name: str, content: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(content))
