"""`POST /token`: the endpoint that a service-account file names as its `token_uri`."""

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fcm_emulator.http import json_response, read_body
from fcm_emulator.oauth import GRANT_TYPE, InvalidGrant, Issuer


def routes(issuer: Issuer) -> list[Route]:
    """List the endpoint over *issuer*."""

    async def exchange(request: Request) -> Response:
        form = parse_qs((await read_body(request)).decode("utf-8", "replace"))
        grant_type, assertion = (form.get(name, [""])[-1] for name in ("grant_type", "assertion"))
        if grant_type != GRANT_TYPE:
            return _refuse("unsupported_grant_type", f"Invalid grant_type: {grant_type[:100]}")
        try:
            bearer = issuer.exchange(assertion)
        except InvalidGrant as refusal:
            return _refuse(refusal.code, str(refusal))
        return json_response(
            {"access_token": bearer, "expires_in": issuer.lifetime_s, "token_type": "Bearer"}
        )

    return [Route("/token", exchange, methods=["POST"])]


def _refuse(code: str, description: str) -> Response:
    return json_response({"error": code, "error_description": description}, 400)
