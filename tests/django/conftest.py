"""Gives tests a real key, a project configured with it, and a watch over every log line."""

import importlib.util
import json
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

# The root environment, which has neither Django nor testproject on its path, may collect all of
# tests/: then there is nothing to collect here. noxfile.py makes the environments for these tests.
collect_ignore_glob: list[str] = []
if importlib.util.find_spec("django_firebell") is None:
    collect_ignore_glob += ["*"]
else:
    from django.core.cache import caches
    from testproject.service_account import PROJECT, key_of

    has_rest_framework = importlib.util.find_spec("rest_framework") is not None
    collect_ignore_glob += (
        ["test_without_rest_framework.py"] if has_rest_framework else ["test_api_*.py"]
    )

EMULATOR_VARIABLE = "FIREBASE_AUTH_EMULATOR_HOST"
EMULATOR = os.environ.get(EMULATOR_VARIABLE, "")
SECRET_CLAIM = "what-a-claim-says"

# A key, a JSON Web Token, a stored password (MD5PasswordHasher), a claim's value.
SECRETS = re.compile(rf"PRIVATE KEY|eyJ[\w-]{{8}}|md5\$|{SECRET_CLAIM}")

Configure = Callable[..., None]


@pytest.fixture(scope="session")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def key(private_key: rsa.RSAPrivateKey) -> dict[str, str]:
    return key_of(private_key)


@pytest.fixture
def key_text(key: dict[str, str]) -> str:
    return json.dumps(key)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Hide from the code under test what this machine would lend it."""
    for name in (EMULATOR_VARIABLE, "GOOGLE_APPLICATION_CREDENTIALS", "GCLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")


@pytest.fixture(autouse=True)
def _empty_caches() -> None:
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture
def configure(settings: Any, key: dict[str, str]) -> Configure:
    """Set FIREBELL anew: the key, and whatever the test is about."""

    def configure(**changes: Any) -> None:
        settings.FIREBELL = {"CREDENTIALS": key, **changes}

    configure()
    return configure


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Point the code under test at an Auth emulator, real or absent."""

    def emulated(host: str) -> None:
        monkeypatch.setenv(EMULATOR_VARIABLE, host)
        monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)

    return emulated


@pytest.fixture
def auth_emulator(emulated: Callable[[str], None]) -> str:
    if not EMULATOR:
        reason = f"no Auth emulator: set {EMULATOR_VARIABLE}"
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    emulated(EMULATOR)
    return EMULATOR


@pytest.fixture(autouse=True)
def _no_secret_in_any_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    for worker in threading.enumerate():
        if worker.name == "firebell-revoke":
            worker.join()
    told = [caplog.handler.format(record) for record in caplog.get_records("call")]
    assert [line for line in told if SECRETS.search(line)] == []


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """Give what django-firebell has logged so far, as `LEVEL message`."""

    def told() -> list[str]:
        own = [record for record in caplog.records if record.name == "django_firebell"]
        return [f"{record.levelname} {record.getMessage()}" for record in own]

    return told
