"""`manage.py firebell_import` from the packages' own tables into a Firebell that is served."""

import io
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fcm_emulator.targets import new_legacy_token
from tests.integration.importing.conftest import WEB, Firebell, Shop, environment, manage
from tests.integration.scene import TEXT, Scene, complete

AUDIENCE = "https://shop-prod.web.app"
LIMIT_S = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How the command ended, and what it said."""

    status: int
    said: str


def run(shop: Shop, *arguments: str) -> Ran:
    """Run the command in this process."""
    from django.core.management import CommandError, call_command  # noqa: PLC0415 - after set-up

    out = io.StringIO()
    try:
        call_command("firebell_import", *arguments, stdout=out)
    except CommandError as error:
        ran = Ran(status=error.returncode, said=f"{out.getvalue()}{error}")
    else:
        ran = Ran(status=0, said=out.getvalue())
    assert [secret for secret in shop.secrets if secret in ran.said] == []
    return ran


def commit(shop: Shop, firebell: Firebell, *arguments: str, state: bool = True) -> Ran:
    """Import."""
    where = ("--url", firebell.url, "--audience", AUDIENCE)
    kept = ("--state", str(shop.folder / "state.json")) if state else ()
    return run(shop, "--commit", *where, *kept, *arguments)


def token() -> str:
    return new_legacy_token().value


def held(scene: Scene) -> dict[str, list[str]]:
    """Return whose target each one is at Firebell."""
    found: dict[str, list[str]] = {}
    for document in scene.client.collection("recipients").stream():
        for device in document.get("devices").values():
            found.setdefault(device["target"]["value"], []).append(document.id)
    return found


def fill(shop: Shop) -> dict[str, str]:
    """Put something of everything into the tables."""
    targets = {
        name: token() for name in ("phone", "tablet", "old", "nobody", "dpn", "gcm", "twice")
    }
    shop.fcm_django(targets["phone"], "ada", name="Ada 📱👩‍💻", type="ios")
    shop.fcm_django(targets["tablet"], "grace", name="x" * 255)
    shop.fcm_django(targets["old"], "ada", active=False)
    shop.fcm_django(targets["nobody"], None)
    shop.fcm_django("BLACKLISTED", "ada")
    shop.fcm_django(targets["twice"], "ada")
    shop.push_notifications(targets["dpn"], "ada", device_id="0xffffffffffffffff")
    shop.push_notifications(targets["gcm"], "ada", cloud_message_type="GCM")
    shop.push_notifications(targets["twice"], "grace")
    from push_notifications.models import APNSDevice  # noqa: PLC0415 - after Django is set up

    APNSDevice.objects.create(registration_id="ab" * 32, user=shop.user("ada"))
    return targets


def test_dry_run_tells_what_can_be_imported_and_sends_nothing(
    shop: Shop, scene: Scene, firebell: Firebell
) -> None:
    fill(shop)

    ran = run(shop)

    assert ran.status == 0
    assert firebell.calls == []
    assert ran.said.splitlines() == [
        "fcm-django: 6 rows",
        "         4 can be imported",
        "         1 not sent: no user: Firebell sends to users",
        "         1 not sent: its registration token is malformed",
        "django-push-notifications: 3 rows",
        "         2 not sent: its platform is unknown: say it with --platform",
        "         1 not sent: GCM, which Google switched off in 2019",
        "         1 APNs devices: FCM cannot take them over; they come when the app registers",
        "Nothing was sent: that takes --commit.",
    ]


def test_dry_run_finds_what_both_packages_hold(shop: Shop) -> None:
    fill(shop)

    said = run(shop, "--dry-run", "--platform", "android").said

    assert "1 can be imported, but its registration token came before" in said


def test_everything_that_can_be_is_imported_once(
    shop: Shop, scene: Scene, firebell: Firebell
) -> None:
    targets = fill(shop)
    created_at = datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)
    targets["web"] = token()
    shop.fcm_django(targets["web"], "grace", type="web", date_created=created_at)

    ran = commit(shop, firebell, "--platform", "android")

    ada, grace = (str(shop.user(name).pk) for name in ("ada", "grace"))
    assert ran.status == 0
    assert held(scene) == {
        targets["phone"]: [ada],
        targets["tablet"]: [grace],
        targets["old"]: [ada],
        targets["dpn"]: [ada],
        targets["web"]: [grace],
        targets["twice"]: [ada],
    }
    devices = {
        device["target"]["value"]: device
        for uid in (ada, grace)
        for device in scene.recipient(uid)["devices"].values()
    }
    phone, web = devices[targets["phone"]], devices[targets["web"]]
    assert (phone["label"], phone["platform"]) == ("Ada 📱👩‍💻", "ios")
    assert phone["importedFrom"] == "fcm-django"
    assert (web["createdAt"], web["lastSeenAt"]) == (created_at, scene.clock.now)
    assert devices[targets["tablet"]]["label"] == "x" * 100
    assert devices[targets["old"]]["state"] == "disabled"
    assert devices[targets["dpn"]]["importedFrom"] == "django-push-notifications"
    assert "       1 known to Firebell already, left as they are" in ran.said


def test_imported_phone_gets_what_is_sent(shop: Shop, scene: Scene, firebell: Firebell) -> None:
    target = new_legacy_token()
    scene.emulator.register_device(target, "android")
    shop.fcm_django(target.value, "ada")
    commit(shop, firebell)

    scene.deliver(complete(), uid=str(shop.user("ada").pk))

    (message,) = scene.emulator.messages(target)
    assert message.message["notification"]["body"] == TEXT


def test_second_import_finds_everything_known(shop: Shop, scene: Scene, firebell: Firebell) -> None:
    fill(shop)
    commit(shop, firebell, "--platform", "android")
    before = held(scene)

    ran = commit(shop, firebell, "--platform", "android")

    assert ran.status == 0
    assert "fcm-django: 6 rows\n         4 known" in ran.said
    assert "django-push-notifications: 3 rows\n         2 known" in ran.said
    assert held(scene) == before


def test_full_run_reports_changes_and_makes_none(
    shop: Shop, scene: Scene, firebell: Firebell
) -> None:
    moved, switched = shop.fcm_django(token(), "ada"), shop.fcm_django(token(), "ada")
    commit(shop, firebell)
    before = held(scene)
    moved.user, switched.active = shop.user("grace"), False
    moved.save()
    switched.save()

    ran = commit(shop, firebell, "--report-changes")

    assert ran.status == 1
    assert "2 known to Firebell, but different there: nothing was changed" in ran.said
    assert f"row {moved.pk}: owner differs" in ran.said
    assert f"row {switched.pk}: active differs" in ran.said
    assert held(scene) == before


def test_rows_that_firebell_refuses_are_named(shop: Shop, scene: Scene, firebell: Firebell) -> None:
    old = datetime(2020, 1, 1, tzinfo=UTC)
    for _ in range(20):
        shop.fcm_django(token(), "ada")
    last = shop.fcm_django(token(), "ada", date_created=old)

    ran = commit(shop, firebell)

    assert ran.status == 1
    assert f"row {last.pk}: uid: this user has 20 devices" in ran.said


def test_since_takes_new_rows_only_and_is_safe_every_hour(
    shop: Shop, scene: Scene, firebell: Firebell
) -> None:
    now = datetime.now(UTC)
    ages = {token(): timedelta(hours=hours) for hours in (1, 2, 30)}
    for target, age in ages.items():
        shop.fcm_django(target, "ada", date_created=now - age)

    hourly = [commit(shop, firebell, "--since", "3h", state=False) for _ in range(3)]

    assert [ran.status for ran in hourly] == [0, 0, 0]
    assert ["2 imported" in ran.said for ran in hourly] == [True, False, False]
    assert ["2 known" in ran.said for ran in hourly] == [False, True, True]
    assert set(held(scene)) == set(list(ages)[:2])


def test_uid_of_django_firebell_is_taken(
    shop: Shop, scene: Scene, firebell: Firebell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.conf import settings  # noqa: PLC0415 - after Django is set up

    monkeypatch.setattr(settings, "FIREBELL", {"UID": lambda user: user.username}, raising=False)
    target, other = token(), token()
    shop.fcm_django(target, "ada")
    shop.fcm_django(other, "a/b")

    ran = commit(shop, firebell)
    by_path = run(shop, "--uid", "firebell_import.uids.primary_key")

    assert held(scene) == {target: ["ada"]}
    assert "1 not sent: its user has no uid that Firebase could hold" in ran.said
    assert "2 can be imported" in by_path.said


def interfering(*answers: Any) -> Any:
    """Return a front that answers the first calls itself, as what stands before an API may."""
    left = list(answers)

    def wrap(app: WEB) -> WEB:
        def front(environ: dict[str, Any], start: Any) -> Any:
            if not left:
                return app(environ, start)
            answer = left.pop(0)
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            return answer(environ, start)

        return front

    return wrap


def status(line: str, *headers: tuple[str, str]) -> Any:
    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start(line, [("Content-Length", "0"), *headers])
        return [b""]

    return answer


def test_import_waits_as_told_and_goes_on(shop: Shop, scene: Scene, firebell: Firebell) -> None:
    shop.fcm_django(token(), "ada")
    busy = status("429 TOO MANY REQUESTS", ("Retry-After", "1"))
    firebell.before = interfering(busy, status("503 SERVICE UNAVAILABLE"))

    ran = commit(shop, firebell)

    assert ran.status == 0
    assert len(firebell.calls) == 3
    assert len(held(scene)) == 1


def test_answer_that_breaks_off_is_asked_for_again(
    shop: Shop, scene: Scene, firebell: Firebell
) -> None:
    for _ in range(5):
        shop.fcm_django(token(), "ada")
    broken: list[bool] = []

    def breaking(app: WEB) -> WEB:
        def front(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
            lines: Iterable[bytes] = app(environ, start)
            if broken:
                return lines
            broken.append(True)
            return itertools.islice(lines, 2)

        return front

    firebell.before = breaking

    ran = commit(shop, firebell)

    assert ran.status == 0
    assert len(held(scene)) == 5
    assert "fcm-django: 5 rows" in ran.said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--audience", "https://elsewhere"), "Firebell answers 401: send a valid ID token"),
        (("--url", "http://127.0.0.1:9/x"), "Firebell cannot be reached"),
    ],
    ids=["audience", "nobody there"],
)
def test_what_stops_an_import_is_told_and_kept_for_the_next_run(
    shop: Shop,
    scene: Scene,
    firebell: Firebell,
    arguments: tuple[str, str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("firebell_import.upload.FIRST_WAIT_S", 0.01)
    shop.fcm_django(token(), "ada")

    ran = commit(shop, firebell, *arguments)

    assert ran.status == 2
    assert says in ran.said
    assert held(scene) == {}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--commit",), "Say with --url where Firebell is."),
        (("--commit", "--url", "http://shop.example"), "must begin with https://"),
        (("--since", "yesterday"), "write 90m, 6h, 2d, or 2026-03-01T02:30"),
        (("--uid", "no.such.function"), "The function that gives a uid"),
        (("--source", "other"), "invalid choice"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistake_on_the_command_line_is_named(
    shop: Shop, arguments: tuple[str, ...], says: str
) -> None:
    ran = run(shop, *arguments)

    assert ran.status != 0
    assert says in ran.said


def test_missing_credentials_are_named(
    shop: Shop, firebell: Firebell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(shop.folder / "nothing.json"))

    ran = commit(shop, firebell)

    assert ran.status == 2
    assert "There are no Google credentials of a service account" in ran.said


def test_key_of_a_service_account_may_be_named(
    shop: Shop, scene: Scene, firebell: Firebell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.fcm_django(token(), "ada")
    key = os.environ["GOOGLE_APPLICATION_CREDENTIALS"]
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")

    ran = commit(shop, firebell, "--credentials", key)

    assert ran.status == 0
    assert len(held(scene)) == 1


def test_import_killed_in_the_middle_goes_on_where_it_was(
    shop: Shop, scene: Scene, firebell: Firebell
) -> None:
    users = [shop.user(f"user-{n}") for n in range(100)]
    from fcm_django.models import FCMDevice  # noqa: PLC0415 - after Django is set up

    targets = [token() for _ in range(1_200)]
    shop.secrets.extend(targets)
    FCMDevice.objects.bulk_create(
        FCMDevice(registration_id=target, user=users[n % 100], type="android", name="📱")
        for n, target in enumerate(targets)
    )
    state = shop.folder / "firebell-import.json"
    command = [
        *(sys.executable, "-m", "django", "firebell_import", "--commit"),
        *("--url", firebell.url, "--audience", AUDIENCE),
    ]

    started = subprocess.Popen(command, cwd=shop.folder, env=environment(shop.database))
    deadline = time.monotonic() + LIMIT_S
    while not state.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    started.send_signal(signal.SIGKILL)
    started.wait(LIMIT_S)
    done_before = len(held(scene))
    calls_before = len(firebell.calls)
    again = manage(shop.database, *command[3:], cwd=shop.folder)

    assert 0 < done_before < 1_200
    assert again.returncode == 0, again.stderr
    assert "Going on where the last run stopped." in again.stdout
    assert Counter(len(uids) for uids in held(scene).values()) == {1: 1_200}
    assert set(held(scene)) == set(targets)
    assert len(firebell.calls) > calls_before
    assert not state.exists()


def test_swapped_model_of_the_project_is_read(
    shop: Shop, scene: Scene, firebell: Firebell, tmp_path: Path
) -> None:
    database, target = tmp_path / "swapped.sqlite3", token()
    shop.secrets.append(target)
    own = {"IMPORT_SWAPPED": "yes"}
    create = (
        "from django.contrib.auth.models import User\n"
        "from tests.integration.importing.swapped.models import OwnDevice\n"
        "user = User.objects.create(username='ada')\n"
        f"OwnDevice.objects.create(registration_id='{target}', type='web', user=user, floor=3)\n"
    )

    made = manage(database, "migrate", "--run-syncdb", "--verbosity", "0", own=own)
    filled = manage(database, "shell", "--command", create, own=own)
    arguments = ("--commit", "--url", firebell.url, "--audience", AUDIENCE)
    ran = manage(database, "firebell_import", *arguments, cwd=tmp_path, own=own)

    assert (made.stderr, filled.stderr) == ("", "")
    assert ran.returncode == 0, ran.stderr
    assert list(held(scene)) == [target]


def test_state_of_another_firebell_is_not_taken(
    shop: Shop, scene: Scene, firebell: Firebell
) -> None:
    state = {"url": "https://other.web.app", "done": {"fcm-django": "7"}}
    (shop.folder / "state.json").write_text(json.dumps(state))

    ran = commit(shop, firebell)

    assert ran.status == 2
    assert "of an import to https://other.web.app" in ran.said
