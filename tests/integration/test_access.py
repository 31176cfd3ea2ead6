"""Access tokens from Google's library, for an ordinary account of the FCM emulator."""

import json
import threading
from collections.abc import Mapping
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
from tests.integration.pushes import numbered
from tests.integration.scene import Scene


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


def test_token_service_is_not_waited_for_longer_than_a_function_lives() -> None:
    assert access.TIMEOUT_S <= 10
