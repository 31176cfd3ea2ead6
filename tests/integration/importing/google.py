"""Google's token endpoint for one service account's key, on this machine."""

import contextlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization

from tests.integration.issuer import ACCOUNT, Issuer, SigningKey, new_key, service_claims


@contextlib.contextmanager
def key_file(path: Path, issuer: Issuer) -> Iterator[Path]:
    """Write a service account's key to *path*; its token endpoint gives *issuer*'s ID tokens."""
    own = new_key("own")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            (assertion,) = parse_qs(self.rfile.read(size).decode())["assertion"]
            body = json.dumps({"id_token": _id_token(assertion, own, issuer)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        pem = own.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        content = {
            "type": "service_account",
            "client_email": ACCOUNT,
            "private_key_id": own.id,
            "private_key": pem.decode(),
            "token_uri": f"http://127.0.0.1:{server.server_port}/token",
        }
        path.write_text(json.dumps(content))
        yield path
        server.shutdown()


def _id_token(assertion: str, own: SigningKey, issuer: Issuer) -> str:
    """Return an ID token for what *assertion* asks, once its signature is checked."""
    claims = jwt.decode(
        assertion,
        own.private.public_key(),
        algorithms=["RS256"],
        options={"verify_aud": False},
    )
    return issuer.key.sign(service_claims(aud=claims["target_audience"], email=claims["iss"]))
