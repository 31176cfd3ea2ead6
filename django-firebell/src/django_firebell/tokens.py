"""Hands out a user's Firebase custom token: decides its content, mints it, keeps it a while.

What is kept is a credential, so it is kept well under its hour, and never for longer than today's
settings would mint it. Safe in threads; under asyncio call it through `asgiref.sync.sync_to_async`
(it may ask the cache, the database and Google).
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.cache import caches
from django.utils.crypto import salted_hmac

from django_firebell import claims, conf, firebase
from django_firebell.errors import InactiveUser

LIFE_S: Final = 3_600  # firebase.google.com/docs/auth/admin/create-custom-tokens: one hour at most


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomToken:
    """A custom token; `expires_at` and `sender_until` are epoch seconds."""

    value: str = field(repr=False)
    minted_at: int
    sender_until: int | None
    signer: str

    @property
    def expires_at(self) -> int:
        """Say when Firebase stops taking it (at the earliest: the SDK reads the clock later)."""
        return self.minted_at + LIFE_S

    def as_json(self) -> dict[str, str | int]:
        """Build the answer for a client; `expires_in` is the remaining life in seconds."""
        return {"firebase_token": self.value, "expires_in": self.expires_at - int(time.time())}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a custom token minted now would hold."""

    uid: str
    claims: Mapping[str, Any]
    minted_at: int
    sender_until: int | None
    signer: str


def custom_token(user: Any) -> CustomToken:
    """Give *user*'s custom token, a kept one if it still says what a new one would.

    A kept custom token keeps the `senderUntil` it was minted with.

    **Cost:** one read of the cache, and where that has nothing one signature and one write.

    Raises:
        InactiveUser: the account is inactive.
        InvalidUid: the UID setting gave something that is no document id.
        InvalidClaims: the CLAIMS setting gave something that Firebase refuses.
        Misconfigured: a setting is wrong, or there is no key.
        Unavailable: Google's signing service cannot now.

    """
    settings = conf.read()
    wanted = _wanted(user, settings)
    cache = caches[settings.cache_alias]
    key = _cache_key(user, wanted)
    kept = _kept(cache.get(key)) if settings.cache_s else None
    if kept is not None and _still_right(kept, wanted, settings):
        return kept
    minted = _mint(wanted, settings)
    if settings.cache_s:
        cache.set(key, _stored(minted), timeout=settings.cache_s)
    return minted


def _wanted(user: Any, settings: conf.Settings) -> _Wanted:
    if not user.is_active:
        raise InactiveUser
    now_s = int(time.time())
    return _Wanted(
        uid=claims.checked_uid(settings.uid_of(user)),
        claims=claims.checked(settings.claims_of(user)),
        minted_at=now_s,
        sender_until=now_s + settings.sender_s if settings.is_sender(user) else None,
        signer=firebase.fingerprint(settings.source),
    )


def _mint(wanted: _Wanted, settings: conf.Settings) -> CustomToken:
    own = dict(wanted.claims)
    if wanted.sender_until is not None:
        own[claims.SENDER_UNTIL] = wanted.sender_until
    return CustomToken(
        value=firebase.sign(settings.source, wanted.uid, own),
        minted_at=wanted.minted_at,
        sender_until=wanted.sender_until,
        signer=wanted.signer,
    )


def _cache_key(user: Any, wanted: _Wanted) -> str:
    """Build a key that changes with the uid, the claims and the password.

    All is hashed: a uid may hold what a cache refuses in a key, and the password hash is keyed with
    SECRET_KEY, so that the cache tells nothing of it. `senderUntil` moves every second: left out.
    """
    own_claims = json.dumps(wanted.claims, sort_keys=True)
    password = salted_hmac(
        "django_firebell.tokens", getattr(user, "password", ""), algorithm="sha256"
    ).hexdigest()
    parts = json.dumps([wanted.uid, hashlib.sha256(own_claims.encode()).hexdigest(), password])
    return f"firebell:1:{hashlib.sha256(parts.encode()).hexdigest()}"


def _still_right(kept: CustomToken, wanted: _Wanted, settings: conf.Settings) -> bool:
    """Decide whether *kept* may stand for a new one under today's settings.

    The cache key says nothing of SENDERS, CREDENTIALS or a lowered CACHE_SECONDS: a user who is no
    sender any more, a replaced key and another emulator must all take effect at once.
    """
    age_s = wanted.minted_at - kept.minted_at
    if not 0 <= age_s < settings.cache_s or kept.signer != wanted.signer:
        return False
    if kept.sender_until is None or wanted.sender_until is None:
        return kept.sender_until == wanted.sender_until
    # A sender sent away with 403 comes back for more time, so at least half of it must be left.
    enough_left = kept.sender_until - wanted.minted_at >= settings.sender_s / 2
    return enough_left and kept.sender_until <= wanted.sender_until


def _stored(minted: CustomToken) -> dict[str, Any]:
    # Plain values, so that a cache with a JSON serializer can keep them too.
    return {name: getattr(minted, name) for name in CustomToken.__slots__}


def _kept(stored: dict[str, Any] | None) -> CustomToken | None:
    return None if stored is None else CustomToken(**stored)
