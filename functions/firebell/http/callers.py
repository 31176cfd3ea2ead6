"""Who calls the API, and what that lets them do. Nobody learns here of what exists."""

from dataclasses import dataclass

import flask

from firebell.errors import NotAllowed, Unauthenticated
from firebell.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A Firebase user of this project; `id` is the uid."""

    id: str
    sender_until: int | None = None


def sender(services: Services) -> Caller:
    """Return the caller of this request if it may send: its `senderUntil` lies ahead.

    Raises:
        Unauthenticated: No valid ID token.
        NotAllowed: Its user is no sender, or no longer one.

    """
    caller = identify(services)
    if caller.sender_until is None:
        raise NotAllowed("not_a_sender", "sending")
    if caller.sender_until <= services.clock().timestamp():
        raise NotAllowed("sender_expired", "sending")
    return caller


def identify(services: Services) -> Caller:
    """Return who calls, by the ID token of this request.

    Raises:
        Unauthenticated: No valid ID token.

    """
    scheme, _, id_token = flask.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not id_token:
        raise Unauthenticated("send an ID token: Authorization: Bearer …")
    claims = services.identity.claims(id_token.strip())
    until = claims.get("senderUntil")
    is_number = isinstance(until, int) and not isinstance(until, bool)
    return Caller(id=claims["uid"], sender_until=until if is_number else None)
