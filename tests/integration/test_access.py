"""Access tokens from Google's library, for an ordinary account of the FCM emulator."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fcm_emulator import credentials
from firebell import access
from firebell.access import GoogleAccess
from firebell.config import Settings
from firebell.errors import Misconfigured, Unavailable
from firebell.fcm import Fcm
from tests.integration.doors import free_port
from tests.integration.hanging import Hanging
from tests.integration.proxy import Proxy
from tests.integration.pushes import numbered
from tests.integration.scene import Scene

ROOT = Path(__file__).parents[2]
ASK_METADATA = """
from firebell import access
from firebell.errors import FirebellError
access.LIMIT_S = 1
google = access.GoogleAccess()
for _ in range(2):
    try:
        google.bearer()
    except FirebellError as error:
        print(type(error).__name__)
"""
"""Where the metadata server is, google-auth reads once, at import: a process of its own is told."""


@pytest.fixture
def account(
    addresses: Mapping[str, str], project: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Write a service account's key file that the FCM emulator gives access tokens for."""
    path = tmp_path / "key.json"
    credentials.write(path, project, f"http://{addresses['FCM_EMULATOR_HOST']}/token")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    return path


def test_access_token_is_fetched_once_and_sends(
    account: Path, settings: Settings, scene: Scene
) -> None:
    google = GoogleAccess()
    sender = Fcm(
        origin=f"http://{settings.fcm_emulator_host}",
        project_id=settings.project_id,
        access=google,
    )

    replies = sender.send(numbered(3, scene.emulator))

    assert [reply.status for reply in replies] == [200] * 3
    assert google.bearer() == google.bearer() != ""


def test_refused_access_token_is_renewed_by_one_of_many_threads(account: Path) -> None:
    google = GoogleAccess()
    refused = google.bearer()
    ready = threading.Barrier(4)

    def renew(_: int) -> str:
        ready.wait()
        return google.renew(refused)

    with ThreadPoolExecutor(4) as pool:
        renewed = set(pool.map(renew, range(4)))

    assert len(renewed) == 1
    assert refused not in renewed


def test_token_service_that_is_down_is_unavailable(account: Path) -> None:
    key = json.loads(account.read_text()) | {"token_uri": f"http://127.0.0.1:{free_port()}/token"}
    account.write_text(json.dumps(key))

    with pytest.raises(Unavailable, match="token service"):
        GoogleAccess().bearer()


def test_missing_credentials_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "absent.json"))

    with pytest.raises(Misconfigured) as caught:
        GoogleAccess().bearer()

    assert caught.value.setting == "GOOGLE_APPLICATION_CREDENTIALS"


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    """Listen, and never answer."""
    with Hanging() as server:
        yield server


def test_token_service_that_hangs_is_asked_once_for_all_who_wait(
    account: Path, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "LIMIT_S", 1.0)
    key = json.loads(account.read_text()) | {"token_uri": f"http://{hanging.address}/token"}
    account.write_text(json.dumps(key))
    google = GoogleAccess()

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(google.bearer) for _ in range(8)]
        errors = [future.exception() for future in asked]

    assert [type(error) for error in errors] == [Unavailable] * 8
    assert hanging.count == 1


def test_metadata_server_that_hangs_is_not_asked_again_and_again(hanging: Hanging) -> None:
    address = {"GCE_METADATA_HOST": hanging.address, "GCE_METADATA_IP": hanging.address}
    own = {"PYTHONPATH": str(ROOT / "functions"), "HOME": "/nonexistent", **address}

    done = subprocess.run(
        [sys.executable, "-c", ASK_METADATA], env=own, capture_output=True, text=True, timeout=120
    )

    assert done.stdout.split() == ["Unavailable"] * 2
    assert hanging.count == 1


def test_failure_is_remembered_for_a_while_only(
    account: Path, addresses: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(addresses["FCM_EMULATOR_HOST"])
    key = json.loads(account.read_text()) | {"token_uri": f"http://{proxy.address}/token"}
    account.write_text(json.dumps(key))
    google = GoogleAccess()

    proxy.cut()
    with pytest.raises(Unavailable):
        google.bearer()
    proxy.mend()
    with pytest.raises(Unavailable):
        google.bearer()
    proxy.cut()
    other = GoogleAccess()
    monkeypatch.setattr(access, "PAUSE_S", 0.0)
    with pytest.raises(Unavailable):
        other.bearer()
    proxy.mend()

    assert other.bearer() != ""
    proxy.close()


def test_nobody_waits_for_an_access_token_as_long_as_a_function_lives() -> None:
    assert access.LIMIT_S <= 10
