"""Decides whether a uid and claims can be put into a custom token.

Pure: it knows neither settings nor Firebase. Firestore's and Firebase's limits are stated here.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from django_firebell.errors import InvalidClaims, InvalidUid

SENDER_UNTIL: Final = "senderUntil"

# firebase.google.com/docs/auth/admin/create-custom-tokens: names of OpenID Connect and of Firebase
RESERVED: Final = frozenset({
    "acr", "amr", "at_hash", "aud", "auth_time", "azp", "cnf", "c_hash",
    "exp", "firebase", "iat", "iss", "jti", "nbf", "nonce", "sub",
})  # fmt: skip

# Firebase's limit. In UTF-8 that is 512 bytes at most, so Firestore's 1500 bytes cannot be passed.
MAX_UID_CHARACTERS: Final = 128
# firebase.google.com/docs/firestore/quotas: constraints on document ids
_RESERVED_ID: Final = re.compile(r"__.*__", re.DOTALL)


def primary_key(user: Any) -> str:
    """Give the uid that a user has unless the UID setting says otherwise: the primary key."""
    if user.pk is None:
        raise InvalidUid("the user is not saved yet and has no primary key")
    return str(user.pk)


def checked_uid(uid: object) -> str:
    """Refuse what cannot be both a Firebase uid and a Firestore document id.

    Raises:
        InvalidUid: the error says which rule is broken, and repeats nothing of the uid.

    """
    if not isinstance(uid, str):
        raise InvalidUid(f"it must be a string, not {type(uid).__name__}")
    if not 1 <= len(uid) <= MAX_UID_CHARACTERS:
        raise InvalidUid(f"it has {len(uid)} characters, and 1 to {MAX_UID_CHARACTERS} are allowed")
    if "/" in uid:
        raise InvalidUid('it holds a "/", which Firestore document ids cannot')
    if uid in {".", ".."} or _RESERVED_ID.fullmatch(uid):
        raise InvalidUid('Firestore keeps ".", ".." and "__…__" for itself')
    if "\n" in uid:
        raise InvalidUid("it holds a line break, which Firebell refuses")
    try:
        uid.encode()
    except UnicodeEncodeError as error:
        raise InvalidUid("it is not valid Unicode (a lone surrogate)") from error
    return uid


def checked(claims: object) -> dict[str, Any]:
    """Refuse claims that Firebase refuses, or that are not ours to set.

    Raises:
        InvalidClaims: naming the claim, never its value.

    """
    if not isinstance(claims, Mapping):
        raise InvalidClaims(f"they must be a dict, not {type(claims).__name__}")
    for name, value in claims.items():
        if not isinstance(name, str):
            raise InvalidClaims(f"the name {name!r} must be a string")
        if name in RESERVED:
            raise InvalidClaims(f'"{name}" is a name reserved by Firebase; choose another')
        if name == SENDER_UNTIL:
            raise InvalidClaims(f'"{name}" comes from SENDERS and SENDER_SECONDS; take it out')
        _refuse_unless_json(name, value)
    return dict(claims)


def _refuse_unless_json(name: str, value: object) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidClaims(f'"{name}" cannot be written as JSON') from error
