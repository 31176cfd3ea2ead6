"""What django-firebell and the functions agree on without sharing code: uids, and who may send."""

import base64
import importlib
import json
import os
import re
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from types import ModuleType

import firebase_admin
import pytest
from flask.testing import FlaskClient

from firebell import app, http, services
from firebell.config import Settings
from firebell.core import parse
from firebell.errors import InvalidRequest
from firebell.http import callers
from tools import servers

NOW_S = int(time.time())
ROOT = Path(__file__).resolve().parents[2]
RULES = (ROOT / "firestore.rules").read_text()

UIDS: list[object] = [
    *("1", "0f8fad5b-d9cb-469f-a165-70867728950e", "auth0|ä@example.org", "a b", "%2F", "\\"),
    *("x" * 128, "x" * 129, "𝄞" * 128, "𝄞" * 129, "e\u0301", "\u202e", "\u2028"),
    *("", " ", ".", "..", "...", ". ", ".\n", "..\n", "a/b", "/", "//"),
    *("__a__", "____", "___", "__", "__a", "a__", "__a\nb__", "__a__\n", "\n__a__", "__\u2028__"),
    *("a\nb", "\n", "\r", "\t", "\0", "\x7f", "\ud800", "a\udfff", "\ud83d\ude00"),
    *(None, 0, 7, 1.5, True, b"a", [], {}, ["a"]),
]


@pytest.fixture
def claims(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import django-firebell's rules from their source: they need no Django."""
    monkeypatch.syspath_prepend(ROOT / "django-firebell/src")
    return importlib.import_module("django_firebell.claims")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    """Give the HTTP API as it is beside emulators; nothing here reaches one."""
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", servers.PROJECT)
    for name in ("FIREBASE_AUTH_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST"):
        monkeypatch.setenv(name, os.environ.get(name, "127.0.0.1:9"))
    emulators = {"FIREBASE_AUTH_EMULATOR_HOST": os.environ["FIREBASE_AUTH_EMULATOR_HOST"]}
    settings = Settings(project_id=servers.PROJECT, is_emulator=True, identity_emulators=emulators)
    yield http.create_app(services.build(settings)).test_client()
    firebase_admin.delete_app(app.get())  # it remembers where it found the emulators


@pytest.mark.parametrize("uid", UIDS, ids=ascii)
def test_uid_is_taken_by_both_or_by_neither(claims: ModuleType, uid: object) -> None:
    assert is_minted(claims, uid) == is_addressed(uid)


def test_uids_are_hostile_enough_to_tell_lax_from_strict(claims: ModuleType) -> None:
    taken = [uid for uid in UIDS if is_addressed(uid)]

    assert 10 < len(taken) < len(UIDS) - 10


def test_sender_claim_is_spelled_the_same(claims: ModuleType) -> None:
    read = set(re.findall(r"request\.auth\.token\.(\w+)", RULES))

    assert read == claims_read_by(callers) == {claims.SENDER_UNTIL}


@pytest.mark.parametrize(
    ("value", "status"),
    [
        pytest.param(NOW_S + 86_400, HTTPStatus.BAD_REQUEST, id="ahead: only the body is refused"),
        pytest.param(NOW_S - 60, HTTPStatus.FORBIDDEN, id="over"),
        pytest.param(NOW_S + 86_400.5, HTTPStatus.FORBIDDEN, id="half a second"),
        pytest.param(str(NOW_S + 86_400), HTTPStatus.FORBIDDEN, id="text"),
        pytest.param(True, HTTPStatus.FORBIDDEN, id="true"),
        pytest.param(None, HTTPStatus.FORBIDDEN, id="none"),
    ],
)
def test_sender_claim_that_django_spells_is_an_integer_of_seconds_to_the_api(
    claims: ModuleType, api: FlaskClient, value: object, status: HTTPStatus
) -> None:
    header = {"Authorization": f"Bearer {unsigned_id_token({claims.SENDER_UNTIL: value})}"}

    assert api.post("/v1/notifications", json={}, headers=header).status_code == status


def test_sender_claim_is_an_integer_of_seconds_to_the_rules() -> None:
    """Values of other types are tried in tests/rules/templates.test.mjs."""
    assert "request.auth.token.senderUntil is int" in RULES
    assert "request.auth.token.senderUntil > request.time.toMillis() / 1000" in RULES


def is_minted(claims: ModuleType, uid: object) -> bool:
    """Tell whether Django would put *uid* into a custom token."""
    try:
        claims.checked_uid(uid)
    except claims.InvalidUid:
        return False
    return True


def is_addressed(uid: object) -> bool:
    """Tell whether the functions would send to *uid*."""
    try:
        parse.uid(uid)
    except InvalidRequest:
        return False
    return True


def claims_read_by(module: ModuleType) -> set[str]:
    """Return the names that *module* looks up in `claims`."""
    source = Path(str(module.__file__)).read_text()
    return set(re.findall(r"\bclaims(?:\.get\(|\[)\"(\w+)\"", source))


def unsigned_id_token(own: dict[str, object]) -> str:
    """Make an ID token as the Auth emulator does: beside it the functions want no signature."""
    issuer = f"https://securetoken.google.com/{servers.PROJECT}"
    standard = {"aud": servers.PROJECT, "iss": issuer, "sub": "backend", "iat": NOW_S - 60}
    payload = {**standard, "exp": NOW_S + 600, **own}
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, payload)]
    return ".".join([base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts] + [""])
