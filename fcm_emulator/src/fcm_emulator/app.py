"""The ASGI application: routes, and what Google's front end checks before FCM sees a request."""

from importlib.metadata import version

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from fcm_emulator import control, device_control, errors, http, sending
from fcm_emulator.ledger import Ledger
from fcm_emulator.refusal import Refused

# Query parameters that every method of Google's takes (discovery document, "parameters").
_SYSTEM_PARAMETERS = frozenset(
    {
        "$.xgafv",
        "access_token",
        "alt",
        "callback",
        "fields",
        "key",
        "oauth_token",
        "prettyPrint",
        "quotaUser",
        "uploadType",
        "upload_protocol",
    }
)


def create_app(ledger: Ledger) -> Starlette:
    """Build the application over *ledger*."""

    async def send_message(request: Request) -> Response:
        _check_credential(request)
        _check_query(request)
        _check_content_type(request)
        body = await http.read_body(request)
        name = sending.send(ledger, request.path_params["project"], body)
        return http.json_response({"name": name})

    app = Starlette(
        routes=[
            Route("/v1/projects/{project}/messages:send", send_message, methods=["POST"]),
            *control.routes(ledger),
            *device_control.routes(ledger),
            Route("/", _home, methods=["GET"]),
        ],
        exception_handlers={
            Refused: http.on_refused,
            HTTPException: http.on_no_route,
            ClientDisconnect: http.on_disconnect,
        },
    )
    app.router.redirect_slashes = False
    return app


async def _home(_request: Request) -> Response:
    return http.json_response({"service": "fcm-emulator", "version": version("fcm-emulator")})


def _check_credential(request: Request) -> None:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return
    if not request.query_params.get("access_token"):
        raise Refused(errors.missing_credential())


def _check_query(request: Request) -> None:
    for name in request.query_params:
        if name not in _SYSTEM_PARAMETERS:
            raise Refused(errors.unbindable(name))


def _check_content_type(request: Request) -> None:
    content_type = request.headers.get("content-type", "application/json")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise Refused(errors.unsupported_content_type(media_type))
