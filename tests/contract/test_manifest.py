"""The manifest that `firebase deploy` would discover, and what firebase.json says of it."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from firebell import pruning
from tests.contract.manifest import discover
from tests.contract.needs import need_file

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "functions"
FIREBASE: dict[str, Any] = json.loads((ROOT / "firebase.json").read_text())
# Nowhere the defaults, so that what is hard-coded shows.
ELSEWHERE = {
    "GCLOUD_PROJECT": "demo-contract",
    "REGION": "europe-west1",
    "DATABASE": "notifications",
    "RUNTIME_ACCOUNT": "firebell-runtime@",
    "THREADS": "8",
}

TRIGGERS = {
    "on_notification_created": "app-notifications/{uid}/user-notifications/{notification_id}",
    "on_notification_updated": "app-notifications/{uid}/user-notifications/{notification_id}",
    "on_outbox_created": "outbox/{notification_id}",
    "on_settings_written": "app-notifications/{uid}",
}
QUEUES = {"deliver"}
HTTP = {"api"}
CALLABLES = {
    "register_device",
    "unregister_device",
    "list_devices",
    "subscribe",
    "unsubscribe",
    "send_test_notification",
    "record_open",
}
SCHEDULES = {"sweep": "* * * * *", "prune_devices": "17 3 * * *"}

Endpoints = dict[str, dict[str, Any]]


def as_deployed() -> dict[str, str]:
    """Return the environment that the CLI discovers with: functions/.env."""
    lines = (FUNCTIONS / ".env").read_text().splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {"GCLOUD_PROJECT": "demo-contract", **values}


def endpoints_in(environment: dict[str, str]) -> Endpoints:
    need_file(FUNCTIONS / "venv/bin/python", "run `make setup`")
    found: Endpoints = discover(FUNCTIONS, environment=environment)["endpoints"]
    return found


@pytest.fixture(scope="module")
def endpoints() -> Endpoints:
    return endpoints_in(ELSEWHERE)


@pytest.fixture(scope="module")
def deployed() -> Endpoints:
    return endpoints_in(as_deployed())


def test_the_expected_functions_are_deployed_and_no_other(endpoints: Endpoints) -> None:
    assert set(endpoints) == {*TRIGGERS, *QUEUES, *HTTP, *CALLABLES, *SCHEDULES}


def test_every_function_is_what_its_door_says(endpoints: Endpoints) -> None:
    kinds = {
        "eventTrigger": set(TRIGGERS),
        "taskQueueTrigger": QUEUES,
        "httpsTrigger": HTTP,
        "callableTrigger": CALLABLES,
        "scheduleTrigger": set(SCHEDULES),
    }

    assert {kind: {n for n, e in endpoints.items() if kind in e} for kind in kinds} == kinds


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedule_runs_at_its_time_in_utc(endpoints: Endpoints, name: str) -> None:
    trigger = endpoints[name]["scheduleTrigger"]

    assert trigger["schedule"] == SCHEDULES[name]
    assert trigger.get("timeZone", "Etc/UTC") == "Etc/UTC"


def test_pruning_ends_by_itself_before_the_platform_ends_it(endpoints: Endpoints) -> None:
    assert endpoints["prune_devices"]["timeoutSeconds"] - pruning.PRUNE_LIMIT.total_seconds() == 60


def test_every_function_runs_in_the_configured_region(endpoints: Endpoints) -> None:
    regions = {tuple(each["region"]) for each in endpoints.values()}

    assert regions == {(ELSEWHERE["REGION"],)}


@pytest.mark.parametrize("name", TRIGGERS)
def test_event_whose_function_crashed_is_delivered_again(endpoints: Endpoints, name: str) -> None:
    assert endpoints[name]["eventTrigger"]["retry"] is True


def test_every_trigger_listens_to_the_configured_database(endpoints: Endpoints) -> None:
    filters = [endpoints[name]["eventTrigger"]["eventFilters"] for name in TRIGGERS]

    assert {each["database"] for each in filters} == {ELSEWHERE["DATABASE"]}


def test_rules_and_indexes_go_to_the_database_of_the_functions() -> None:
    assert FIREBASE["firestore"]["database"] == as_deployed()["DATABASE"]


def test_every_function_runs_as_the_configured_account(endpoints: Endpoints) -> None:
    accounts = {each.get("serviceAccountEmail") for each in endpoints.values()}

    assert accounts == {ELSEWHERE["RUNTIME_ACCOUNT"]}


def test_instance_has_a_thread_for_each_request_it_takes(deployed: Endpoints) -> None:
    """More would wait inside a busy instance while Cloud Run believes that they are served."""
    assert {each["concurrency"] for each in deployed.values()} == {int(as_deployed()["THREADS"])}


@pytest.mark.parametrize("name", TRIGGERS)
def test_trigger_listens_to_its_collection(endpoints: Endpoints, name: str) -> None:
    trigger = endpoints[name]["eventTrigger"]
    shape = re.sub(r"\{\w+\}", "{}", trigger["eventFilterPathPatterns"]["document"])

    happening = name.rpartition("_")[2]
    assert trigger["eventType"] == f"google.cloud.firestore.document.v1.{happening}"
    assert shape == re.sub(r"\{\w+\}", "{}", TRIGGERS[name])


def test_queue_names_are_legal(endpoints: Endpoints) -> None:
    """Queues are named after functions; Cloud Tasks refuses underscores (firebase-tools #7365)."""
    queues = [name for name, each in endpoints.items() if "taskQueueTrigger" in each]

    assert [name for name in queues if not re.fullmatch(r"[a-z][a-z0-9]*", name)] == []


def test_hosting_rewrites_to_a_function_in_its_region(deployed: Endpoints) -> None:
    for rewrite in FIREBASE["hosting"]["rewrites"]:
        function = rewrite["function"]
        assert deployed[function["functionId"]]["region"] == [function["region"]]
        assert "httpsTrigger" in deployed[function["functionId"]]


def test_code_that_does_not_load_is_named(tmp_path: Path) -> None:
    """The CLI would stop here too; a suite of emulators would start without the functions."""
    need_file(FUNCTIONS / "venv/bin/python", "run `make setup`")
    (tmp_path / "venv").symlink_to(FUNCTIONS / "venv")
    (tmp_path / "main.py").write_text("raise RuntimeError('planted')\n")

    with pytest.raises(RuntimeError, match="planted"):
        discover(tmp_path, environment={"GCLOUD_PROJECT": "demo-contract"})
    shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
