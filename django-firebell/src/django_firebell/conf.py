"""Reads the `FIREBELL` setting, every time it is asked: nothing is kept, nothing happens on import.

The only reader of Django's settings and of the environment. It builds no client.
"""

import difflib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings as django_settings
from django.utils.module_loading import import_string

from django_firebell import claims, credentials
from django_firebell.errors import InvalidClaims, Misconfigured

DEFAULTS: Final[Mapping[str, Any]] = {
    "CREDENTIALS": None,  # a service account key: path, JSON or dict; or "application default"
    "PROJECT_ID": None,  # else the key's, else GOOGLE_CLOUD_PROJECT
    "SERVICE_ACCOUNT": None,  # e-mail of the account that signs; only for "application default"
    "UID": "django_firebell.claims.primary_key",  # function (or its dotted path): user → uid
    "CLAIMS": {},  # dict, or function (or its dotted path): user → dict
    "SENDERS": (),  # usernames, or function (or its dotted path): user → bool
    "SENDER_SECONDS": 43_200,  # how long a sender may send after signing in: 12 h
    "CACHE_SECONDS": 1_800,  # how long a custom token is handed out again; 0 mints every time
    "CACHE_ALIAS": "default",  # which of CACHES
    "REVOKE_ON_DEACTIVATION": True,  # when a user is deactivated or deleted
    "TIMEOUT_SECONDS": 5,  # how long to wait for Firebase when revoking
}

# A custom token lives 3600 s (tokens.LIFE_S): whoever gets a kept one has ten minutes at least.
MAX_CACHE_SECONDS: Final = 3_000
MIN_SENDER_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The `FIREBELL` settings, checked; functions are resolved."""

    source: credentials.Source = field(repr=False)
    uid_of: Callable[[Any], object]
    claims_of: Callable[[Any], object]
    is_sender: Callable[[Any], bool]
    sender_s: int
    cache_s: int
    cache_alias: str
    revoke_on_deactivation: bool
    timeout_s: float


def read() -> Settings:
    """Read and check all settings.

    Raises:
        Misconfigured: for the first that is wrong; `faults` finds them all.

    """
    raw = _raw()
    return Settings(
        source=_source(raw),
        uid_of=_uid_of(raw),
        claims_of=_claims_of(raw),
        is_sender=_is_sender(raw),
        sender_s=_sender_s(raw),
        cache_s=_cache_s(raw),
        cache_alias=_cache_alias(raw),
        revoke_on_deactivation=_revoke_on_deactivation(raw),
        timeout_s=_timeout_s(raw),
    )


def faults() -> Iterator[Misconfigured]:
    """Find every setting that `read` would refuse."""
    try:
        raw = _raw()
    except Misconfigured as fault:
        yield fault
        return
    for reader in (
        _source, _uid_of, _claims_of, _is_sender, _sender_s, _cache_s, _cache_alias,
        _revoke_on_deactivation, _timeout_s,
    ):  # fmt: skip
        try:
            reader(raw)
        except Misconfigured as fault:
            yield fault


def _raw() -> Mapping[str, Any]:
    given = getattr(django_settings, "FIREBELL", {})
    if not isinstance(given, Mapping):
        raise Misconfigured("FIREBELL", "must be a dict")
    for name in given:
        if name not in DEFAULTS:
            near = difflib.get_close_matches(str(name).upper(), DEFAULTS, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known are {', '.join(DEFAULTS)}"
            raise Misconfigured("FIREBELL", f'has no key "{name}"; {hint}')
    return {**DEFAULTS, **given}


def _source(raw: Mapping[str, Any]) -> credentials.Source:
    return credentials.source(raw, os.environ)


def _uid_of(raw: Mapping[str, Any]) -> Callable[[Any], object]:
    return _function("UID", raw["UID"])


def _claims_of(raw: Mapping[str, Any]) -> Callable[[Any], object]:
    value = raw["CLAIMS"]
    if not isinstance(value, Mapping):
        return _function("CLAIMS", value)
    try:
        static = claims.checked(value)
    except InvalidClaims as error:
        raise Misconfigured("CLAIMS", error.problem) from error
    return lambda user: static


def _is_sender(raw: Mapping[str, Any]) -> Callable[[Any], bool]:
    value = raw["SENDERS"]
    if not isinstance(value, Collection) or isinstance(value, str):
        return _function("SENDERS", value)
    if not all(isinstance(username, str) for username in value):
        raise Misconfigured("SENDERS", "must list usernames, each a string")
    usernames = frozenset(value)
    return lambda user: user.get_username() in usernames


def _sender_s(raw: Mapping[str, Any]) -> int:
    return _whole("SENDER_SECONDS", raw, at_least=MIN_SENDER_SECONDS, at_most=None)


def _cache_s(raw: Mapping[str, Any]) -> int:
    return _whole("CACHE_SECONDS", raw, at_least=0, at_most=MAX_CACHE_SECONDS)


def _cache_alias(raw: Mapping[str, Any]) -> str:
    value = raw["CACHE_ALIAS"]
    if not isinstance(value, str) or value not in django_settings.CACHES:
        raise Misconfigured("CACHE_ALIAS", "must be one of the names in CACHES")
    return value


def _revoke_on_deactivation(raw: Mapping[str, Any]) -> bool:
    value = raw["REVOKE_ON_DEACTIVATION"]
    if not isinstance(value, bool):
        raise Misconfigured("REVOKE_ON_DEACTIVATION", "must be True or False")
    return value


def _timeout_s(raw: Mapping[str, Any]) -> float:
    value = raw["TIMEOUT_SECONDS"]
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise Misconfigured("TIMEOUT_SECONDS", "must be a number of seconds above 0")
    return value


def _whole(setting: str, raw: Mapping[str, Any], *, at_least: int, at_most: int | None) -> int:
    value = raw[setting]
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or value < at_least or (at_most is not None and value > at_most):
        upto = "" if at_most is None else f" and at most {at_most}"
        raise Misconfigured(
            setting, f"must be a whole number of seconds, at least {at_least}{upto}"
        )
    return int(value)


def _function(setting: str, value: object) -> Callable[[Any], Any]:
    if isinstance(value, str):
        try:
            value = import_string(value)
        except ImportError as error:
            raise Misconfigured(setting, f"cannot be imported: {error}") from error
    if not callable(value):
        raise Misconfigured(setting, "must be a function that takes a user, or its dotted path")
    return value
