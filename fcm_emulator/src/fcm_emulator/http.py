"""What every endpoint needs of HTTP: bounded bodies, JSON, Google's shape for what goes wrong."""

import asyncio
from contextlib import suppress

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fcm_emulator import errors
from fcm_emulator.refusal import JSON, Refusal, Refused, status

# Google's front ends refuse larger request bodies.
MAX_BODY_BYTES = 10_485_760
# A client still sending when the reply comes may never read it: take this much before answering.
_MAX_DISCARDED_BYTES = 8 * MAX_BODY_BYTES
# What a client may take for a request; nothing on one machine takes as long.
DEFAULT_REQUEST_TIMEOUT_S = 30
_IS_READ = "fcm_emulator.body_is_read"


async def read_body(request: Request) -> bytes:
    """Read the whole body.

    Raises:
        Refused: it is larger than Google's front ends take, or does not come to its end in time.

    """
    request.scope[_IS_READ] = True
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(request.app.state.request_timeout_s):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= MAX_BODY_BYTES:
                    chunks.append(chunk)
                elif size > _MAX_DISCARDED_BYTES:
                    break
    except TimeoutError:
        raise Refused(errors.slow_client()) from None
    if size > MAX_BODY_BYTES:
        raise Refused(errors.body_too_large(MAX_BODY_BYTES))
    return b"".join(chunks)


def json_response(content: object, http_status: int = 200) -> Response:
    """Answer with *content*: msgspec structs, dataclasses and plain values."""
    return Response(msgspec.json.encode(content), http_status, media_type=JSON)


def refuse(refusal: Refusal) -> Response:
    """Answer with a refusal."""
    return Response(
        refusal.body, refusal.http_status, dict(refusal.headers), media_type=refusal.content_type
    )


async def on_refused(request: Request, error: Exception) -> Response:
    """Answer for FCM."""
    if not isinstance(error, Refused):
        raise error
    if error.delay_s:
        await asyncio.sleep(error.delay_s)
    await _take_rest(request)
    return refuse(error.refusal)


async def on_no_route(request: Request, error: Exception) -> Response:
    """Answer where no endpoint is, never with an `FcmError`: for that a client drops a device."""
    if not isinstance(error, HTTPException):
        raise error
    await _take_rest(request)
    where = f"{request.method} {request.url.path}"
    if error.status_code == 405:
        return refuse(status(405, "UNIMPLEMENTED", f"{where}: this method is not allowed here."))
    return refuse(status(404, "NOT_FOUND", f"{where}: there is no such method."))


async def on_disconnect(_request: Request, _error: Exception) -> Response:
    """Answer a client that is gone, or one whose chunks are malformed and that is still there."""
    return refuse(errors.broken_body())


async def _take_rest(request: Request) -> None:
    # A client that is still sending when the answer comes finds its connection closed instead.
    if _IS_READ not in request.scope:
        with suppress(ClientDisconnect, Refused):
            await read_body(request)
