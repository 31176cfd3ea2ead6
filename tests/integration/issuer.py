"""Google's part in proving identities, on this machine: a signing key, and who publishes it."""

import base64
import contextlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from jwt.algorithms import RSAAlgorithm

from firebell import keys
from tests.integration import secrets

ACCOUNT = "orders@shop-prod.iam.gserviceaccount.com"
APP_CHECK_KEYS = "/v1/jwks"
POLL_S = 0.01
"""Seconds after which the server sees that it is to end."""
ACCOUNT_DATA = "/computeMetadata/v1/instance/service-accounts/default/"
METADATA = f"{ACCOUNT_DATA}identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """An RSA key and its certificate."""

    id: str
    private: rsa.RSAPrivateKey
    certificate: str

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """Return *claims* as an ID token, signed; *header* replaces what its header says."""
        whole = {"alg": "RS256", "kid": self.id, "typ": "JWT", **header}
        signed = f"{_encoded(whole)}.{_encoded(claims)}"
        signature = self.private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return secrets.keep(f"{signed}.{encoded_bytes(signature)}")


@dataclass(slots=True)
class Issuer:
    """Serves the certificate of `key`, and ID tokens of `ACCOUNT` as Google's metadata server does.

    Attributes:
        asked: The paths that were asked for, in order.
        status: What the certificates are answered with.
        body: What they are answered with instead of themselves.
        cache_control: What their answer says of its life.

    """

    key: SigningKey
    host: str = ""
    asked: list[str] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    cache_control: str | None = "public, max-age=3600, must-revalidate"

    def answer(self, target: str) -> tuple[int, bytes]:
        """Answer a request for *target*."""
        parts = urlsplit(target)
        self.asked.append(parts.path)
        if parts.path == METADATA:
            (audience,) = parse_qs(parts.query)["audience"]
            return 200, self.key.sign(service_claims(aud=audience)).encode()
        if parts.path == ACCOUNT_DATA:
            return 200, json.dumps({"email": ACCOUNT}).encode()
        if parts.path == APP_CHECK_KEYS:
            jwk = RSAAlgorithm.to_jwk(self.key.private.public_key(), as_dict=True)
            keys_of_apps = [{**jwk, "kid": self.key.id, "use": "sig", "alg": "RS256"}]
            return 200, json.dumps({"keys": keys_of_apps}).encode()
        if parts.path in (keys.USER_KEYS, keys.SERVICE_KEYS):
            certificates = json.dumps({self.key.id: self.key.certificate}).encode()
            return self.status, certificates if self.body is None else self.body
        return 200, b""


@contextlib.contextmanager
def serve(issuer: Issuer) -> Iterator[Issuer]:
    """Serve *issuer* on this machine; its `host` then says where."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = issuer.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            kind = "application/json" if body.startswith(b"{") else "text/plain"
            self.send_header("Content-Type", kind)
            self.send_header("Metadata-Flavor", "Google")
            if issuer.cache_control is not None:
                self.send_header("Cache-Control", issuer.cache_control)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.host = f"127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, args=(POLL_S,), daemon=True).start()
        yield issuer
        server.shutdown()


def new_key(id: str) -> SigningKey:
    """Make a key as Google's are."""
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "securetoken")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=7))
        .sign(private, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return SigningKey(id=id, private=private, certificate=pem)


def user_claims(project: str, **own: Any) -> dict[str, Any]:
    """Return what a Firebase ID token of "ada" claims."""
    return {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": "ada",
        "user_id": "ada",
        "auth_time": _now_s() - 60,
        "firebase": {"identities": {}, "sign_in_provider": "custom"},
        **_times(),
        **own,
    }


def service_claims(**own: Any) -> dict[str, Any]:
    """Return what Google's ID token of `ACCOUNT` claims."""
    return {
        "iss": "https://accounts.google.com",
        "sub": "113774264463038321964",
        "azp": "113774264463038321964",
        "email": ACCOUNT,
        "email_verified": True,
        **_times(),
        **own,
    }


def app_claims(project: str, **own: Any) -> dict[str, Any]:
    """Return what an App Check token of an app of *project* claims."""
    return {
        "iss": "https://firebaseappcheck.googleapis.com/1234567890",
        "aud": ["projects/1234567890", f"projects/{project}"],
        "sub": "1:1234567890:android:321abc456def7890",
        **_times(),
        **own,
    }


def credentials(key: SigningKey, folder: Path) -> Path:
    """Write a service account's file: firebase-admin wants one before it verifies anything."""
    private = key.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "client_email": ACCOUNT,
        "private_key": private.decode(),
        "token_uri": "http://127.0.0.1:9/token",
    }
    path = folder / "account.json"
    path.write_text(json.dumps(account))
    return path


def unsigned(claims: dict[str, Any], algorithm: str = "none", kid: object = None) -> str:
    """Return *claims* as a token without a signature."""
    header = {"alg": algorithm, "typ": "JWT"} | ({} if kid is None else {"kid": kid})
    return f"{_encoded(header)}.{_encoded(claims)}."


def signed_by_public_key(key: SigningKey, claims: dict[str, Any]) -> str:
    """Return a token signed with what everybody knows: *key*'s certificate as HS256's secret."""
    signed = unsigned(claims, "HS256", key.id).rstrip(".")
    digest = hmac.digest(key.certificate.encode(), signed.encode(), "sha256")
    return f"{signed}.{encoded_bytes(digest)}"


def tampered(id_token: str, **own: Any) -> str:
    """Return *id_token* with other claims and its old signature."""
    header, _, signature = id_token.split(".")
    claims = jwt.decode(id_token, options={"verify_signature": False})
    return f"{header}.{_encoded({**claims, **own})}.{signature}"


def encoded_bytes(part: bytes) -> str:
    """Return *part* as a part of a token."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def _encoded(part: dict[str, Any]) -> str:
    return encoded_bytes(json.dumps(part).encode())


def _times() -> dict[str, int]:
    return {"iat": _now_s() - 30, "exp": _now_s() + 3_570}


def _now_s() -> int:
    return int(time.time())
