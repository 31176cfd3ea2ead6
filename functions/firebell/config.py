"""The only reader of parameters and environment; everything else takes a frozen `Settings`.

The Firebase CLI loads functions/.env before it discovers functions and puts it into their
environment, so one name reaches the triggers, the queue and the clients alike. Region and database
of a trigger are fixed at deploy: changing them needs a new deploy.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firebell.errors import Misconfigured

_DAYS = re.compile(r"[1-9][0-9]{0,3}\Z")
_CALLS = re.compile(r"[0-9]{1,6}\Z", re.ASCII)
_SERVICE_ACCOUNT = re.compile(r"[a-z0-9.-]+@[a-z0-9.-]+\.gserviceaccount\.com\Z")
_CLIENT_TOPIC = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.~%-]{0,99}\*?\Z|\*\Z")
_AUDIENCE = re.compile(r"[!-~]+\Z")
_FIREBASE_OPTIONS = ("projectId", "databaseURL", "storageBucket")
_IDENTITY_EMULATORS = ("FIREBASE_AUTH_EMULATOR_HOST", "GOOGLE_CERTS_EMULATOR_HOST")

REGION = os.environ.get("REGION", "us-central1")
"""Region of every function and queue; the Hosting rewrites in firebase.json name the same."""

DATABASE = os.environ.get("DATABASE", "(default)")
"""Firestore database of every trigger and client."""

RUNTIME_ACCOUNT = os.environ.get("RUNTIME_ACCOUNT") or None
"""Service account the functions run as; None means the project's Compute Engine default."""

STALE_DAYS = 30
"""Days unseen after which a device is called stale, unless the setting says otherwise."""

REMOVE_DAYS = 270
"""Days unseen after which a device is removed, unless the setting says otherwise: FCM drops an
Android device's registration after as many ("Manage FCM registration tokens")."""

CALLS_PER_MINUTE = 600
"""Calls of the HTTP API that a caller may make in a minute, unless the setting says otherwise."""

CLIENT_TOPICS = "public-*"
"""Topics that clients may join by themselves, unless the setting says otherwise."""

WEB_WORKERS = ("firebell", "firebase")
"""Whose service worker web apps run: ours, or the one of Firebase's JS SDK."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What this deployment was told. `fcm_emulator_host` is host:port, None means Google's FCM.

    A device unseen for `stale_days` is called stale, unseen for `remove_days` it is removed.
    `client_topics` are those that clients may join, `*` for any ending. `sender_accounts` are
    e-mails of service accounts that may call the API, with ID tokens for one of `audiences`; any
    caller may call `calls_per_minute` times, 0 is no limit.
    `identity_emulators` are what only an emulator may name: variable to host:port.
    """

    project_id: str
    region: str = REGION
    database: str = DATABASE
    fcm_emulator_host: str | None = None
    is_emulator: bool = False
    stale_days: int = STALE_DAYS
    remove_days: int = REMOVE_DAYS
    firebase_worker: bool = False
    clears_elsewhere: bool = True
    client_topics: frozenset[str] = frozenset({CLIENT_TOPICS})
    sender_accounts: frozenset[str] = frozenset()
    audiences: frozenset[str] = frozenset()
    checks_revoked: bool = False
    enforces_app_check: bool = False
    calls_per_minute: int = CALLS_PER_MINUTE
    identity_emulators: Mapping[str, str] = field(default_factory=dict)


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the environment.

    Raises:
        Misconfigured: The platform named no project, or a setting makes no sense.

    """
    project_id = environment.get("GCLOUD_PROJECT") or environment.get("GOOGLE_CLOUD_PROJECT")
    if not project_id:
        raise Misconfigured("GCLOUD_PROJECT", "names no project; the platform sets it")
    stale_days = _days(environment, "STALE_DAYS", STALE_DAYS)
    remove_days = _days(environment, "REMOVE_DAYS", REMOVE_DAYS)
    if remove_days <= stale_days:
        raise Misconfigured("REMOVE_DAYS", f"must be more than STALE_DAYS, which is {stale_days}")
    accounts = _list(environment, "SENDER_ACCOUNTS", _SERVICE_ACCOUNT, "service accounts' e-mails")
    audiences = _list(environment, "AUDIENCES", _AUDIENCE, "addresses without spaces")
    if accounts and not audiences:
        raise Misconfigured("AUDIENCES", "must name one at least, as SENDER_ACCOUNTS is set")
    return Settings(
        project_id=project_id,
        sender_accounts=accounts,
        audiences=audiences,
        calls_per_minute=_calls_per_minute(environment),
        enforces_app_check=_flag(environment, "ENFORCE_APP_CHECK", default=False),
        client_topics=_list(
            {"CLIENT_TOPICS": CLIENT_TOPICS, **environment},
            "CLIENT_TOPICS",
            _CLIENT_TOPIC,
            "topics' names, which may end in '*',",
        ),
        checks_revoked=_flag(environment, "CHECK_REVOKED", default=False),
        identity_emulators={
            name: environment[name] for name in _IDENTITY_EMULATORS if environment.get(name)
        },
        fcm_emulator_host=environment.get("FCM_EMULATOR_HOST") or None,
        is_emulator=environment.get("FUNCTIONS_EMULATOR") == "true",
        stale_days=stale_days,
        remove_days=remove_days,
        firebase_worker=_web_worker(environment) == "firebase",
        clears_elsewhere=_flag(environment, "CLEAR_ELSEWHERE", default=True),
    )


def firebase(environment: Mapping[str, str] = os.environ) -> Mapping[str, Any]:
    """Return what the platform tells Firebase's SDK, which does not ask once it is told options.

    Raises:
        Misconfigured: It is none of the platform's.

    """
    try:
        found = json.loads(environment.get("FIREBASE_CONFIG") or "{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Misconfigured("FIREBASE_CONFIG", "is no JSON object; the platform sets it")
    return {name: found[name] for name in _FIREBASE_OPTIONS if name in found}


def _days(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not _DAYS.match(text):
        raise Misconfigured(name, "must be a whole number of days from 1 to 9999")
    return int(text)


def _calls_per_minute(environment: Mapping[str, str]) -> int:
    text = environment.get("CALLS_PER_MINUTE") or str(CALLS_PER_MINUTE)
    if not _CALLS.match(text):
        raise Misconfigured("CALLS_PER_MINUTE", "must be a whole number from 0 (none) to 999999")
    return int(text)


def _web_worker(environment: Mapping[str, str]) -> str:
    worker = environment.get("WEB_WORKER") or WEB_WORKERS[0]
    if worker not in WEB_WORKERS:
        raise Misconfigured("WEB_WORKER", f"must be {' or '.join(WEB_WORKERS)}")
    return worker


def _list(
    environment: Mapping[str, str], name: str, form: re.Pattern[str], kind: str
) -> frozenset[str]:
    found = [entry.strip() for entry in (environment.get(name) or "").split(",")]
    if found == [""]:
        return frozenset()
    if not all(form.match(entry) for entry in found):
        raise Misconfigured(name, f"must be {kind}, with commas between them")
    return frozenset(found)


def _flag(environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environment.get(name) or str(default).lower()
    if text not in ("true", "false"):
        raise Misconfigured(name, "must be true or false")
    return text == "true"
