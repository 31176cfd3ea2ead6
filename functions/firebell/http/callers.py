"""Who calls the API, and what that lets them do. Nobody learns here of what exists.

The signature is checked first, then the call is counted, then come the caller's rights, and last
its standing: what somebody without rights can cause is bounded by the limit.
"""

import re
from dataclasses import dataclass
from typing import Literal

import flask

from firebell import identity
from firebell.errors import NotAllowed, Unauthenticated
from firebell.identity import Proven
from firebell.services import Services

MAX_BEARER_BYTES = 8_192
"""Bytes of an ID token: Firebase's stay below 4,000, and servers refuse longer header lines."""

_BEARER = re.compile(r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)", re.IGNORECASE)
"""What RFC 6750 calls a bearer, holding a JWT in its compact form and nothing beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A Firebase user of this project (`id` is the uid), or a service account (its e-mail).

    `sender_until` is a user's claim, in seconds since 1970; None when it has none that fits.
    """

    proven: Proven
    sender_until: int | None = None

    @property
    def kind(self) -> Literal["user", "service"]:
        """Which of the two it is."""
        return self.proven.kind

    @property
    def id(self) -> str:
        """The uid, or the e-mail."""
        return self.proven.id

    @property
    def key(self) -> str:
        """Stable text that no other caller has, made for hashing."""
        return f"{self.kind}:{self.id}"


def sender(services: Services) -> Caller:
    """Return the caller of this request if it may send.

    It is a service account on the allow list, or a user whose `senderUntil` lies ahead.

    Raises:
        Unauthenticated: No valid ID token.
        NotAllowed: It is no sender, or no longer one.
        LimitReached: It called too often in this minute.

    """
    caller = _identify(services)
    if not is_sender(caller, services):
        reason = "not_a_sender" if caller.sender_until is None else "sender_expired"
        raise NotAllowed(reason, "sending")
    return _standing(caller, services)


def anyone(services: Services) -> Caller:
    """Return the caller of this request: any user, or an allowed service account.

    Raises:
        Unauthenticated: No valid ID token.
        LimitReached: It called too often in this minute.

    """
    return _standing(_identify(services), services)


def is_sender(caller: Caller, services: Services) -> bool:
    """Tell whether *caller* may send at this moment."""
    if caller.kind == "service":
        return True
    return caller.sender_until is not None and caller.sender_until > services.clock().timestamp()


def service(services: Services) -> Caller:
    """Return the caller of this request if it is a service account on the allow list.

    Raises:
        Unauthenticated: No valid ID token.
        NotAllowed: A user, whoever it is.
        LimitReached: It called too often in this minute.

    """
    caller = _identify(services)
    if caller.kind != "service":
        raise NotAllowed("service_accounts_only", "this request")
    return _standing(caller, services)


def service_or_self(uid: str, services: Services) -> Caller:
    """Return the caller of this request if it is the user *uid* or an allowed service account.

    The refusal is the same whether there is a user *uid* or not.

    Raises:
        Unauthenticated: No valid ID token.
        NotAllowed: A user other than *uid*.
        LimitReached: It called too often in this minute.

    """
    caller = _identify(services)
    if caller.kind == "user" and caller.id != uid:
        raise NotAllowed("another_user", "this request")
    return _standing(caller, services)


def _standing(caller: Caller, services: Services) -> Caller:
    services.identity.require_standing(caller.proven)
    return caller


def _identify(services: Services) -> Caller:
    """Return who calls, and count that."""
    found = _BEARER.fullmatch(flask.request.headers.get("Authorization", "").strip())
    if not found or len(found[1]) > MAX_BEARER_BYTES:
        raise Unauthenticated(identity.REFUSAL)
    proven = services.identity.prove(found[1])
    until = proven.claims.get("senderUntil")
    is_number = isinstance(until, int) and not isinstance(until, bool)
    caller = Caller(proven=proven, sender_until=until if is_number else None)
    uid = proven.id if proven.kind == "user" else None
    services.permits.take(caller.key, uid=uid, now=services.clock())
    return caller
