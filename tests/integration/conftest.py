"""Gives each test a project of its own on the emulators, and listens for what no log may hold."""

import contextlib
import os
import uuid
from collections.abc import Iterator, Mapping

import pytest
from flask.testing import FlaskClient

from firebell import http
from firebell.config import Settings
from tests.integration import secrets as of_the_run
from tests.integration.api import bearer
from tests.integration.doors import Doors
from tests.integration.scene import TEXT, Scene, build, fresh_project, settings_of
from tools import servers, stack

EMULATORS = (
    "CLOUD_TASKS_EMULATOR_HOST",
    "FCM_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
    "FIRESTORE_EMULATOR_HOST",
)


@pytest.fixture(scope="session")
def addresses() -> Iterator[Mapping[str, str]]:
    """Put where the emulators are into the environment: those it names, else a stack of our own."""
    if all(os.environ.get(name) for name in EMULATORS):
        with _environment({"GOOGLE_CLOUD_PROJECT": servers.PROJECT}):
            yield {name: os.environ[name] for name in EMULATORS}
        return
    with stack.ensure() as found, _environment(found):
        yield found


@pytest.fixture
def project() -> str:
    return fresh_project()


@pytest.fixture
def settings(addresses: Mapping[str, str], project: str) -> Settings:
    return settings_of(addresses["FCM_EMULATOR_HOST"], project)


@pytest.fixture
def scene(settings: Settings, secrets: list[str]) -> Scene:
    """Give a user in a project of this test alone, at a time that stands still."""
    return build(settings, "ada", secrets)


@pytest.fixture(scope="session")
def doors(
    addresses: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Doors]:
    """Serve the functions, in one project for all tests: each uses a user of its own."""
    opened = Doors(fresh_project(), tmp_path_factory.mktemp("functions"))
    yield opened
    opened.close()
    # Each test looks for its own when it ends; what came later is found here.
    said = opened.said(since={})
    assert [secret for secret in [TEXT, *of_the_run.found_in(said)] if secret in said] == []


@pytest.fixture
def deployed(addresses: Mapping[str, str], doors: Doors, secrets: list[str]) -> Scene:
    """Give a user of this test alone in the project that `doors` serves."""
    uid = f"ada-{uuid.uuid4().hex[:8]}"
    return build(settings_of(addresses["FCM_EMULATOR_HOST"], doors.project), uid, secrets)


@pytest.fixture
def api(scene: Scene) -> FlaskClient:
    """Give the HTTP API on the services of `scene`."""
    return http.create_app(scene.services).test_client()


@pytest.fixture
def sender(scene: Scene) -> dict[str, str]:
    """Give the header of a backend that may send for another minute."""
    return bearer(scene, senderUntil=int(scene.clock.now.timestamp()) + 60)


@pytest.fixture(autouse=True)
def secrets(
    request: pytest.FixtureRequest, doors: Doors, capfd: pytest.CaptureFixture[str]
) -> Iterator[list[str]]:
    """Collect what no log line may hold, and look for it in all that was logged."""
    before = doors.logged()
    collected = [TEXT]
    yield collected
    captured = capfd.readouterr()
    said = captured.out + captured.err + doors.said(since=before)
    request.node.add_report_section("teardown", "log", said)
    assert [secret for secret in collected if secret in said] == []


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Let Google's clients find *variables*, and restore what was there before."""
    before = dict(os.environ)
    os.environ.update(variables)
    yield
    os.environ.clear()
    os.environ.update(before)
