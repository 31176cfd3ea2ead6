"""How long a message may wait for a device that is away, and which message takes its place.

Pure. FCM and the push services behind it each have their own words: Android `ttl` and
`collapse_key`, Apple `apns-expiration` and `apns-collapse-id`, browsers `TTL` and `Topic`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from fcm_emulator.payload import android_notification
from fcm_emulator.schema import Message
from fcm_emulator.targets import Platform

# FCM documentation, "Setting the lifespan of a message": the default is the maximum, four weeks.
DEFAULT_TTL_S = 28 * 86_400
# The value that FCM's servers give `apns-expiration` (discovery document, ApnsConfig.headers).
DEFAULT_APNS_TTL_S = 30 * 86_400
# FCM collapses notification messages without a key by the app, of which a target has just one.
APP_COLLAPSE_KEY = "(the app's package name)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """What becomes of a message while its device is away.

    A message without collapse key is never replaced. One whose life has no length is now or never.
    """

    expires_at_ms: float
    collapse_key: str | None


def lifetime(message: Message, platform: Platform, *, accepted_at_ms: float) -> Lifetime:
    """Tell until when *message* waits for a device of *platform*, and what it collapses with."""
    if platform == "android":
        return _android(message, accepted_at_ms)
    return _apple(message, accepted_at_ms) if platform == "ios" else _web(message, accepted_at_ms)


def header(headers: Mapping[str, str] | None, name: str) -> str | None:
    """Look a header up; *name* is in lower case, senders may spell it otherwise."""
    return next((v for k, v in (headers or {}).items() if k.lower() == name), None)


def _android(message: Message, accepted_at_ms: float) -> Lifetime:
    config = message.android or message.android_v2
    ttl_s = DEFAULT_TTL_S
    if config is not None and config.ttl is not None:
        ttl_s = int(Decimal(config.ttl[:-1]))
    key = config.collapse_key if config is not None else None
    is_notification = message.notification is not None or android_notification(message) is not None
    if not key and is_notification:
        key = APP_COLLAPSE_KEY
    return Lifetime(expires_at_ms=accepted_at_ms + ttl_s * 1000, collapse_key=key or None)


def _apple(message: Message, accepted_at_ms: float) -> Lifetime:
    headers = message.apns.headers if message.apns is not None else None
    expiration_s = _whole(header(headers, "apns-expiration"))
    expires_at_ms = accepted_at_ms + DEFAULT_APNS_TTL_S * 1000
    if expiration_s is not None:
        expires_at_ms = max(expiration_s * 1000.0, accepted_at_ms)
    return Lifetime(
        expires_at_ms=expires_at_ms, collapse_key=header(headers, "apns-collapse-id") or None
    )


def _web(message: Message, accepted_at_ms: float) -> Lifetime:
    headers = message.webpush.headers if message.webpush is not None else None
    ttl_s = _whole(header(headers, "ttl"))
    life_s = DEFAULT_TTL_S if ttl_s is None else min(ttl_s, DEFAULT_TTL_S)
    return Lifetime(
        expires_at_ms=accepted_at_ms + life_s * 1000, collapse_key=header(headers, "topic") or None
    )


def _whole(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= 15
    return int(text) if is_number and text is not None else None
