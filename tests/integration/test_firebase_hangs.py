"""Cloud Tasks and Firebase Authentication take calls and never answer: nobody waits for long."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import firebase_admin
import pytest

from firebell import app, tasks
from firebell.auth_users import AuthUsers
from firebell.config import Settings
from firebell.errors import Unavailable
from firebell.tasks import DeliverQueue
from tests.integration.hanging import Hanging

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FUNCTION_LIFE_S = 60


@pytest.fixture
def hanging(addresses: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    """Have Firebase's SDK, made anew, call a server that hangs, and wait for it a little."""
    with Hanging() as server, monkeypatch.context() as patched:
        patched.setenv("CLOUD_TASKS_EMULATOR_HOST", server.address)
        patched.setenv("FIREBASE_AUTH_EMULATOR_HOST", server.address)
        patched.setattr(tasks, "TIMEOUT_S", 0.2)
        patched.setattr(app, "TIMEOUT_S", 0.2)
        firebase_admin.delete_app(app.get())
        yield server
        firebase_admin.delete_app(app.get())


def test_queue_that_hangs_is_left_to_the_sweep(
    hanging: Hanging, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    DeliverQueue(settings).offer("delivery", "d1", at=NOW, epoch="1", now=NOW)

    assert hanging.count > 0
    assert "the sweep will find it" in capfd.readouterr().out


def test_authentication_that_hangs_is_unavailable(hanging: Hanging) -> None:
    with pytest.raises(Unavailable):
        AuthUsers().delete("ada")

    assert hanging.count > 0


def test_waits_and_their_repetitions_fit_into_a_function() -> None:
    assert 2 * (tasks.TIMEOUT_S + app.TIMEOUT_S) <= FUNCTION_LIFE_S / 2
