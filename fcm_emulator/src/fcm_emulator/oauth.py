"""Access tokens for service accounts, as Google's token endpoint makes them: JWT in, bearer out.

An issued token carries its own expiry, signed with a secret of the running process, so nothing is
stored. No key of Google's is known here and none is asked for.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from fcm_emulator import credential_errors
from fcm_emulator.refusal import Refused

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Google's access tokens last an hour, and an assertion may not ask for more.
LIFETIME_S = 3600
_PREFIX = "ya29.emulator."
_SIGNATURE_BYTES = 16
# How far clocks may differ (RFC 7519 asks for "some small leeway").
_LEEWAY_S = 300
# A service account's e-mail address is printable ASCII around one @.
_EMAIL = re.compile(r"[!-?A-~]{1,500}@[!-?A-~]{1,500}")
_SENDING_SCOPES = frozenset(
    {
        "https://www.googleapis.com/auth/cloud-platform",
        "https://www.googleapis.com/auth/firebase.messaging",
    }
)


class InvalidGrant(Exception):
    """The token endpoint refuses; *code* is OAuth's, the message says why."""

    def __init__(self, code: str, description: str) -> None:
        """Keep both."""
        super().__init__(description)
        self.code = code


class UnreadableCredentials(Exception):
    """A file is not a service account's; the message names it."""


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token of ours says."""

    expires_at_s: int
    project: str
    may_send: bool
    # Two tokens of one second differ.
    nonce: str


@dataclass(slots=True, kw_only=True)
class Issuer:
    """Makes access tokens and judges those that come back.

    Args:
        keys: PEM public keys by client e-mail. Without any, an RS256 assertion of any account is
            taken unverified; with some, only theirs are, verified.
        is_strict: Whether bearers that were not issued here are refused.
        lifetime_s: How long a token is good for, in seconds.
        clock_s: Epoch seconds.

    """

    keys: Mapping[str, str] = field(default_factory=dict)
    is_strict: bool = False
    lifetime_s: int = LIFETIME_S
    clock_s: Callable[[], float] = time.time
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def exchange(self, assertion: str) -> str:
        """Make an access token for a signed assertion.

        Raises:
            InvalidGrant: with what Google's endpoint says, where that is known.

        """
        claims = self._verify(assertion)
        issued = Issued(
            expires_at_s=int(self.clock_s()) + self.lifetime_s,
            project=_project(claims["iss"]),
            may_send=not _SENDING_SCOPES.isdisjoint(_scopes(claims)),
            nonce=secrets.token_hex(8),
        )
        content = base64.urlsafe_b64encode(msgspec.json.encode(issued)).rstrip(b"=")
        return f"{_PREFIX}{content.decode()}.{self._sign(content)}"

    def check(self, bearer: str) -> None:
        """Judge an access token.

        Raises:
            Refused: with the reply of Google's front end.

        """
        issued = self.read(bearer)
        if issued is None:
            if self.is_strict:
                raise Refused(credential_errors.unknown())
        elif issued.expires_at_s <= self.clock_s():
            raise Refused(credential_errors.expired())
        elif not issued.may_send:
            raise Refused(credential_errors.insufficient_scope())

    def read(self, bearer: str) -> Issued | None:
        """Give what a token of ours says, expired or not; None for any other bearer."""
        if not bearer.startswith(_PREFIX):
            return None
        content, _, signature = bearer.removeprefix(_PREFIX).partition(".")
        raw = content.encode()
        if not hmac.compare_digest(self._sign(raw).encode(), signature.encode()):
            return None
        return msgspec.json.decode(base64.urlsafe_b64decode(raw + b"=="), type=Issued)

    def _sign(self, content: bytes) -> str:
        digest = hmac.digest(self._secret, content, hashlib.sha256)
        return digest[:_SIGNATURE_BYTES].hex()

    def _verify(self, assertion: str) -> Mapping[str, Any]:
        # Only who uses this endpoint pays a tenth of a second for the cryptography behind it.
        import jwt  # noqa: PLC0415 - see above

        try:
            claims: dict[str, Any] = jwt.decode(assertion, options={"verify_signature": False})
            if jwt.get_unverified_header(assertion).get("alg") != "RS256":
                raise InvalidGrant("invalid_grant", "Invalid JWT: alg must be RS256.")
            key = self._key(claims)
            if key is not None:
                jwt.PyJWS().decode(assertion, key, ["RS256"])
        except jwt.InvalidSignatureError as error:
            raise InvalidGrant("invalid_grant", "Invalid JWT Signature.") from error
        except jwt.PyJWTError as error:
            raise InvalidGrant("invalid_grant", "Invalid assertion.") from error
        self._judge(claims)
        return claims

    def _key(self, claims: Mapping[str, Any]) -> str | None:
        if not self.keys:
            return None
        key = self.keys.get(str(claims.get("iss")))
        if key is None:
            raise InvalidGrant("invalid_grant", "Invalid grant: account not found")
        return key

    def _judge(self, claims: Mapping[str, Any]) -> None:
        now_s, begins, ends = self.clock_s(), claims.get("iat"), claims.get("exp")
        is_timely = (
            isinstance(begins, int)
            and isinstance(ends, int)
            and begins - _LEEWAY_S <= now_s <= ends + _LEEWAY_S
            and ends - begins <= LIFETIME_S
        )
        if not is_timely:
            raise InvalidGrant(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
                "timeframe. Check your iat and exp values in the JWT claim.",
            )
        account = claims.get("iss")
        if not isinstance(account, str):
            raise InvalidGrant("invalid_grant", "Invalid JWT: iss is missing.")
        if not _EMAIL.fullmatch(account):
            raise InvalidGrant("invalid_grant", "Invalid JWT: iss must be an e-mail address.")
        # Clients name Google's endpoint or the one they call; either ends like this.
        if not str(claims.get("aud")).endswith("/token"):
            raise InvalidGrant("invalid_grant", "Invalid JWT: Failed audience check.")
        if not _scopes(claims):
            raise InvalidGrant("invalid_scope", "Empty or missing scope not allowed.")


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    return str(claims.get("scope") or "").split()


def _project(email: str) -> str:
    domain = email.partition("@")[2]
    return domain.removesuffix(".iam.gserviceaccount.com")
