"""Prove who calls: Firebase's ID tokens of users, Google's ID tokens of service accounts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from firebase_admin import auth, exceptions
from google.auth import jwt

from firebell import app, keys
from firebell.config import Settings
from firebell.errors import Misconfigured, NotAllowed, Unauthenticated, Unavailable
from firebell.keys import Keys

REFUSAL = "send a valid ID token: Authorization: Bearer …"
"""What everybody is told who did not prove who he is, whatever was wrong."""

CLOCK_SKEW_S = 10
"""Seconds by which Google's clock and ours may differ."""
MAX_UID_CHARACTERS = 128
"""Longest uid of Firebase Authentication."""

_GOOGLE = frozenset({"accounts.google.com", "https://accounts.google.com"})
"""Issuers of service accounts' ID tokens ("Verify the Google ID token on your server side")."""
_FIREBASE = "https://securetoken.google.com/"
"""Issuer of users' ID tokens, before the project's id ("Verify ID Tokens")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Who holds an ID token: a user's uid or a service account's e-mail, and what it claims."""

    kind: Literal["user", "service"]
    id: str
    claims: Mapping[str, Any]


class UserTokens(Protocol):
    """Verifies users' ID tokens."""

    def claims(self, id_token: str) -> Mapping[str, Any]:
        """Return the claims of *id_token*; raise ValueError when it is none of this project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedUserTokens:
    """Verifies users' ID tokens by their signature, as everywhere but beside the Auth emulator."""

    project_id: str
    keys: Keys

    def claims(self, id_token: str) -> Mapping[str, Any]:
        """Return the claims of *id_token*; raise ValueError when it is none of this project."""
        claims = _signed(id_token, self.keys, {self.project_id})
        if claims.get("iss") != _FIREBASE + self.project_id:
            raise ValueError("another issuer")
        uid = claims.get("sub")
        if not isinstance(uid, str) or not 0 < len(uid) <= MAX_UID_CHARACTERS:
            raise ValueError("no uid")
        return {**claims, "uid": uid}


class EmulatorUserTokens:
    """Takes the unsigned ID tokens of the Auth emulator."""

    def claims(self, id_token: str) -> Mapping[str, Any]:
        """Return the claims of *id_token*; raise ValueError when it is none of this project."""
        try:
            claims: Mapping[str, Any] = auth.verify_id_token(id_token, app=app.get())
        except exceptions.FirebaseError as error:
            raise ValueError("not of the Auth emulator") from error
        return claims


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTokens:
    """Verifies the ID tokens of the service accounts that are allowed, for our audiences."""

    accounts: Collection[str]
    audiences: Collection[str]
    keys: Keys

    def email(self, id_token: str) -> str:
        """Return whose *id_token* is; raise ValueError when it is no account's, or not for us.

        Raises:
            NotAllowed: It is valid, and its account not on the list.

        """
        if not self.accounts or not self.audiences:
            raise ValueError("no service account may call")
        claims = _signed(id_token, self.keys, self.audiences)
        if claims.get("iss") not in _GOOGLE or claims.get("email_verified") is not True:
            raise ValueError("another issuer, or nobody's e-mail")
        email = claims.get("email")
        if email not in self.accounts:
            raise NotAllowed("not_a_sender", "sending")
        return str(email)


class Identity:
    """Proves who holds an ID token. Thread-safe."""

    def __init__(
        self, users: UserTokens, services: ServiceTokens, *, checks_revoked: bool = False
    ) -> None:
        """Ask *users* and *services*; with *checks_revoked* also Firebase Authentication."""
        self._users = users
        self._services = services
        self._checks_revoked = checks_revoked

    def prove(self, id_token: str) -> Proven:
        """Return who holds *id_token*.

        Whom it says to come from decides who verifies it, and nothing else.

        Raises:
            Unauthenticated: It is not valid here; the message is always the same.
            NotAllowed: A service account that is not on the list.
            Unavailable: Google's public keys cannot be had now.

        """
        try:
            if jwt.decode(id_token, verify=False).get("iss") in _GOOGLE:
                email = self._services.email(id_token)
                return Proven(kind="service", id=email, claims={})
            claims = self._users.claims(id_token)
        except (ValueError, TypeError, RecursionError) as error:
            raise Unauthenticated(REFUSAL) from error
        return Proven(kind="user", id=claims["uid"], claims=claims)

    def require_standing(self, proven: Proven) -> None:
        """Refuse a user who may no longer be signed in, where this deployment checks that.

        Raises:
            Unauthenticated: It was deleted, disabled, or signed out everywhere.
            Unavailable: Firebase Authentication cannot be had now.

        **Cost:** 1 request to Firebase Authentication where that is checked.

        """
        if self._checks_revoked and proven.kind == "user":
            _check_standing(proven.claims)


def connect(settings: Settings) -> Identity:
    """Return what proves identities by *settings*.

    Raises:
        Misconfigured: An emulator is named in a deployment.

    """
    origin = keys.ORIGIN
    if not settings.is_emulator:
        for name, value in settings.identity_emulators.items():
            raise Misconfigured(name, f"{value} is for emulators only: remove it")
    elif host := settings.identity_emulators.get("GOOGLE_CERTS_EMULATOR_HOST"):
        origin = f"http://{host}"
    users: UserTokens = SignedUserTokens(
        project_id=settings.project_id, keys=Keys(origin + keys.USER_KEYS)
    )
    if "FIREBASE_AUTH_EMULATOR_HOST" in settings.identity_emulators:
        users = EmulatorUserTokens()
    services = ServiceTokens(
        accounts=settings.sender_accounts,
        audiences=settings.audiences,
        keys=Keys(origin + keys.SERVICE_KEYS),
    )
    return Identity(users, services, checks_revoked=settings.checks_revoked)


def _signed(id_token: str, signed_by: Keys, audiences: Collection[str]) -> Mapping[str, Any]:
    """Return what *id_token* claims, if it is signed, timely and for one of *audiences*."""
    header = jwt.decode_header(id_token)
    if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
        raise ValueError("not signed as Google signs")
    claims: Mapping[str, Any] = jwt.decode(
        id_token,
        certs=signed_by.certificates(),
        audience=list(audiences),
        clock_skew_in_seconds=CLOCK_SKEW_S,
    )
    return claims


def _check_standing(claims: Mapping[str, Any]) -> None:
    """Refuse a user who was deleted or disabled, or whose sessions were revoked since."""
    try:
        user = auth.get_user(claims["uid"], app=app.get())
    except (auth.UserNotFoundError, ValueError) as error:
        raise Unauthenticated(REFUSAL) from error
    except exceptions.PermissionDeniedError as error:
        raise Misconfigured("CHECK_REVOKED", "the runtime account may not read users") from error
    except exceptions.FirebaseError as error:
        raise Unavailable("Firebase Authentication") from error
    signed_in_ms = claims.get("auth_time", 0) * 1_000
    if user.disabled or signed_in_ms < user.tokens_valid_after_timestamp:
        raise Unauthenticated(REFUSAL)
