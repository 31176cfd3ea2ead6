"""Gives a Django project with devices, and a Firebell that its command may import to."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, TypeAlias

import pytest
from werkzeug.serving import make_server

from firebell import http, identity
from tests.integration import issuer
from tests.integration.importing.google import key_file
from tests.integration.issuer import ACCOUNT, Issuer
from tests.integration.scene import Scene, settings_of

ROOT = Path(__file__).parents[3]
SETTINGS = "tests.integration.importing.django_project"
WEB: TypeAlias = Callable[[dict[str, Any], Any], Any]


def environment(database: Path, own: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment in which Django's commands run on *database*."""
    needed = {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "IMPORT_DATABASE": str(database),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'firebell-import/src'}",
        "NO_PROXY": "127.0.0.1",
    }
    return {**os.environ, **needed, **(own or {})}


def manage(
    database: Path, *arguments: str, cwd: Path = ROOT, own: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of the project to its end."""
    command = [sys.executable, "-m", "django", *arguments]
    return subprocess.run(
        command, cwd=cwd, env=environment(database, own), capture_output=True, text=True
    )


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database as the packages' own migrations make it, with Django set up on it."""
    database = tmp_path_factory.mktemp("django") / "shop.sqlite3"
    done = manage(database, "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("IMPORT_DATABASE", str(database))
        patched.setenv("DJANGO_SETTINGS_MODULE", SETTINGS)
        import django  # noqa: PLC0415 - after the environment is set

        django.setup()
    return database


@dataclass(slots=True)
class Shop:
    """The project's database, and what its devices are called by FCM."""

    database: Path
    folder: Path
    secrets: list[str]
    users: dict[str, Any] = field(default_factory=dict)

    def user(self, name: str) -> Any:
        """Return a user, made when first asked for."""
        from django.contrib.auth.models import User  # noqa: PLC0415 - after Django is set up

        if name not in self.users:
            self.users[name] = User.objects.create(username=name)
        return self.users[name]

    def fcm_django(self, target: str, username: str | None, /, **fields: Any) -> Any:
        """Create a device of fcm-django, of user *username* or of nobody."""
        from fcm_django.models import FCMDevice  # noqa: PLC0415 - after Django is set up

        return self._create(FCMDevice, target, username, {"type": "android", **fields})

    def push_notifications(self, target: str, username: str | None, /, **fields: Any) -> Any:
        """Create a device of django-push-notifications, of user *username* or of nobody."""
        from push_notifications.models import GCMDevice  # noqa: PLC0415 - after Django is set up

        return self._create(GCMDevice, target, username, fields)

    def _create(self, model: Any, target: str, username: str | None, fields: dict[str, Any]) -> Any:
        self.secrets.append(target)
        user = None if username is None else self.user(username)
        created_at = fields.pop("date_created", None)
        device = model.objects.create(registration_id=target, user=user, **fields)
        if created_at is not None:
            model.objects.filter(pk=device.pk).update(date_created=created_at)
        return device


@pytest.fixture
def shop(migrated: Path, secrets: list[str], tmp_path: Path) -> Shop:
    """Give the project without any user or device."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - after Django is set up
    from fcm_django.models import FCMDevice  # noqa: PLC0415 - the same
    from push_notifications.models import APNSDevice, GCMDevice  # noqa: PLC0415 - the same

    for model in (FCMDevice, GCMDevice, APNSDevice, User):
        model.objects.all().delete()
    return Shop(migrated, tmp_path, secrets)


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Issuer]:
    """Be Google, with its keys, for a service account whose key is in the environment."""
    key = tmp_path / "key.json"
    with issuer.serve(Issuer(issuer.new_key("key-1"))) as served, key_file(key, served):
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
        yield served


@dataclass(slots=True)
class Firebell:
    """The API, served; `before` may answer a request in its stead, as what stands before it may."""

    url: str = ""
    calls: list[str] = field(default_factory=list)
    before: Callable[[WEB], WEB] = lambda app: app


@pytest.fixture
def firebell(scene: Scene, google: Issuer) -> Iterator[Firebell]:
    served = Firebell()
    with_issuer = dataclasses.replace(
        settings_of("127.0.0.1:1", scene.client.project),
        identity_emulators={"GOOGLE_CERTS_EMULATOR_HOST": google.host},
        sender_accounts=frozenset({ACCOUNT}),
        audiences=frozenset({"https://shop-prod.web.app"}),
    )
    services = dataclasses.replace(scene.services, identity=identity.connect(with_issuer))
    app = http.create_app(services)

    def front(environ: dict[str, Any], start: Any) -> Any:
        served.calls.append(environ["PATH_INFO"])
        return served.before(app)(environ, start)

    server = make_server("127.0.0.1", 0, front, threaded=True)
    served.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    yield served
    server.shutdown()
    server.server_close()
