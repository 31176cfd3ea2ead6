import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import firebase_admin
import pytest
from firebase_admin import credentials, messaging

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target


def command(*options: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "fcm_emulator", "credentials", *options]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def test_the_file_is_a_service_account_s_and_its_owner_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "key.json"

    ended = command("--project", "demo-p", "--out", str(path))

    assert (ended.returncode, ended.stderr) == (0, "")
    account = json.loads(path.read_text())
    assert (account["type"], account["project_id"]) == ("service_account", "demo-p")
    assert account["client_email"].endswith("@demo-p.iam.gserviceaccount.com")
    assert account["token_uri"] == "http://127.0.0.1:9599/token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "PRIVATE KEY" not in ended.stdout


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text("precious")

    kept = command("--project", "demo-p", "--out", str(path))
    content = path.read_text()
    forced = command("--project", "demo-p", "--out", str(path), "--force")

    assert (kept.returncode, content) == (1, "precious")
    assert "--force" in kept.stderr
    assert (forced.returncode, json.loads(path.read_text())["project_id"]) == (0, "demo-p")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--project", "Demo P", "--out", "x"], "not a project id"),
        (["--project", "demo-p"], "--out"),
        (["--project", "demo-p", "--out", "/no/such/folder/key.json"], "/no/such/folder"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(options: list[str], problem: str) -> None:
    ended = command(*options)

    assert ended.returncode != 0
    assert problem in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"private_key": "x", "client_email": "e"}'])
def test_the_server_refuses_to_start_with_what_is_no_service_account(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    words = [sys.executable, "-m", "fcm_emulator", "--port", "1", "--service-account", str(path)]

    ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    assert "not a service account's JSON file" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture(name="app")
def _app(fcm: EmulatorClient, tmp_path: Path) -> Iterator[firebase_admin.App]:
    path = tmp_path / "key.json"
    uri = f"http://{fcm.address}/token"
    command("--project", fcm.project, "--out", str(path), "--token-uri", uri)
    google = messaging._MessagingService.FCM_URL, messaging._MessagingService.IID_URL
    base = f"http://{fcm.address}"
    messaging._MessagingService.FCM_URL = f"{base}/v1/projects/{{0}}/messages:send"
    messaging._MessagingService.IID_URL = base
    app = firebase_admin.initialize_app(credentials.Certificate(str(path)), name=fcm.project)
    service = messaging._get_messaging_service(app)
    service._fcm_topic_url = f"{base}/v1/projects/{fcm.project}/registrations"
    yield app
    firebase_admin.delete_app(app)
    messaging._MessagingService.FCM_URL, messaging._MessagingService.IID_URL = google


def test_the_admin_sdk_sends_with_the_file_offline(
    app: firebase_admin.App, fcm: EmulatorClient, phone: Target
) -> None:
    name = messaging.send(messaging.Message(fid=phone.value, data={"a": "b"}), app=app)

    assert [received.name for received in fcm.messages(phone)] == [name]


def test_the_admin_sdk_gets_a_new_token_when_the_old_one_is_refused(
    app: firebase_admin.App, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.fault("ACCESS_TOKEN_EXPIRED", times=1)

    messaging.send(messaging.Message(fid=phone.value, data={"a": "b"}), app=app)

    assert len(fcm.messages(phone)) == 1


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the older calls are what is tested
def test_the_admin_sdk_subscribes_in_both_ways(
    app: firebase_admin.App, fcm: EmulatorClient, phone: Target, old_phone: Target
) -> None:
    targets = [phone.value, old_phone.value, "tok:a/b"]

    new = messaging.subscribe_to_topic(targets, "news", app=app)
    old = messaging.subscribe_to_topic_legacy(targets, "old", app=app)
    for topic in ("news", "old"):
        messaging.send(messaging.Message(topic=topic), app=app)
    gone = messaging.unsubscribe_from_topic(targets[:2], "news", app=app)
    messaging.send(messaging.Message(topic="news"), app=app)

    assert [(r.success_count, r.failure_count) for r in (new, old, gone)] == [
        (2, 1),
        (2, 1),
        (2, 0),
    ]
    assert [error.index for error in new.errors + old.errors] == [2, 2]
    reached = {(one.message["topic"], one.target) for one in fcm.messages()}
    assert reached == {(topic, who) for topic in ("news", "old") for who in (phone, old_phone)}
    assert len(fcm.messages()) == 4
