"""The page for people at `GET /`: its files, and the headers that keep it to this server."""

from importlib import resources
from importlib.metadata import version

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fcm_emulator.http import json_response

_MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_HEADERS = {
    # Nothing foreign is loaded or asked, whatever a message says: its images are links.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def routes() -> list[Route]:
    """List the endpoints; the files are read once."""
    folder = resources.files("fcm_emulator") / "ui"
    files = {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}

    async def home(request: Request) -> Response:
        # A health probe gets a line of JSON, a browser the page.
        if "text/html" in request.headers.get("accept", ""):
            response = _serve("index.html", files["index.html"])
        else:
            content = {"service": "fcm-emulator", "version": version("fcm-emulator")}
            response = json_response(content)
        response.headers["Vary"] = "Accept"
        return response

    async def part(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in files:
            raise HTTPException(404)
        return _serve(name, files[name])

    return [
        Route("/", home, methods=["GET"]),
        Route("/emulator/ui/{name}", part, methods=["GET"]),
    ]


def _serve(name: str, content: bytes) -> Response:
    media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
    return Response(content, headers=_HEADERS, media_type=media_type)
