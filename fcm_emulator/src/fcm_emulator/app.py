"""The ASGI application: what answers where, and what befalls an answer on its way."""

import asyncio

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from fcm_emulator import (
    assert_control,
    connection,
    control,
    device_control,
    front,
    http,
    iid_api,
    page,
    script_control,
    sending,
    stream,
    token_api,
    topic_api,
)
from fcm_emulator.faults import Fault
from fcm_emulator.ledger import Ledger
from fcm_emulator.oauth import Issuer
from fcm_emulator.refusal import Refused, status

# For the server to see that the connection is gone before there is an answer to write.
_RESET_S = 1.0


def create_app(
    ledger: Ledger, issuer: Issuer, *, request_timeout_s: float = http.DEFAULT_REQUEST_TIMEOUT_S
) -> Starlette:
    """Build the application over *ledger*, for bearers that *issuer* takes."""

    async def send_message(request: Request) -> Response:
        front.check_credential(request, issuer)
        front.check_query(request)
        front.check_content_type(request)
        body = await http.read_body(request)
        sent = sending.send(ledger, request.path_params["project"], body)
        if sent.fault is not None:
            await _suffer(request, sent.fault)
        return http.json_response({"name": sent.name})

    app = Starlette(
        routes=[
            Route("/v1/projects/{project}/messages:send", send_message, methods=["POST"]),
            *topic_api.routes(ledger, issuer),
            *iid_api.routes(ledger, issuer),
            *token_api.routes(issuer),
            *script_control.routes(ledger),
            *control.routes(ledger),
            *assert_control.routes(ledger),
            *device_control.routes(ledger),
            *stream.routes(ledger),
            *page.routes(),
        ],
        exception_handlers={
            Refused: http.on_refused,
            HTTPException: http.on_no_route,
            ClientDisconnect: http.on_disconnect,
        },
    )
    app.router.redirect_slashes = False
    app.state.request_timeout_s = request_timeout_s
    return app


async def _suffer(request: Request, fault: Fault) -> None:
    if fault.delay_s:
        await asyncio.sleep(fault.delay_s)
    if not fault.is_reset:
        return
    if not connection.reset(request.scope["client"] or ("", "")):
        text = "The fault CONNECTION_RESET works where /dev/fd lists open files only."
        raise Refused(status(501, "UNIMPLEMENTED", text))
    await asyncio.sleep(_RESET_S)
