"""What every endpoint needs of HTTP: bounded bodies, JSON, Google's shape for what goes wrong."""

import asyncio

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from fcm_emulator import errors
from fcm_emulator.refusal import JSON, Refusal, Refused, status

# Google's front ends refuse larger request bodies.
MAX_BODY_BYTES = 10_485_760
# A client still sending when the reply comes may never read it: take this much before answering.
_MAX_DISCARDED_BYTES = 8 * MAX_BODY_BYTES


async def read_body(request: Request) -> bytes:
    """Read the whole body.

    Raises:
        Refused: it is larger than Google's front ends take.

    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
        elif size > _MAX_DISCARDED_BYTES:
            break
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


async def on_refused(_request: Request, error: Exception) -> Response:
    """Answer for FCM."""
    if not isinstance(error, Refused):
        raise error
    if error.delay_s:
        await asyncio.sleep(error.delay_s)
    return refuse(error.refusal)


async def on_no_route(request: Request, error: Exception) -> Response:
    """Answer where no endpoint is, never with an `FcmError`: for that a client drops a device."""
    if not isinstance(error, HTTPException):
        raise error
    where = f"{request.method} {request.url.path}"
    if error.status_code == 405:
        return refuse(status(405, "UNIMPLEMENTED", f"{where}: this method is not allowed here."))
    return refuse(status(404, "NOT_FOUND", f"{where}: there is no such method."))


async def on_disconnect(_request: Request, _error: Exception) -> Response:
    """Answer nobody: the client is gone."""
    return Response(status_code=499)
