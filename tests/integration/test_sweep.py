"""The sweep hands what is due to the queue, and the queue to `deliver`."""

import os
from datetime import timedelta

import pytest
import requests

from firebell import outbox
from firebell.core import lifecycle
from tests.integration.doors import CALL_LIMIT_S, Doors, free_port
from tests.integration.scene import TEXT, Scene, complete

WITHOUT_CREDENTIALS = {
    "CLOUD_TASKS_EMULATOR_HOST": "",
    "CLOUDSDK_CONFIG": os.devnull,
    "NO_GCE_CHECK": "true",
}


@pytest.fixture(scope="module", autouse=True)
def _queue(doors: Doors) -> None:
    """Make the queue at the Tasks emulator, as deploying does."""
    path = f"projects/{doors.project}/locations/us-central1/queues/deliver"
    url = f"http://{os.environ['CLOUD_TASKS_EMULATOR_HOST']}/{path}"
    answer = requests.post(url, json={"defaultUri": doors.url("deliver")}, timeout=CALL_LIMIT_S)
    answer.raise_for_status()


KINDS = ("delivery", "outbox")


def sweep(doors: Doors, *, instance: int = 0, **environment: str) -> int:
    """Run the scheduled function as Cloud Scheduler does; return the status."""
    url = doors.url("sweep", instance=instance, **environment)
    headers = {"X-CloudScheduler-ScheduleTime": "2026-01-31T09:00:00Z"}
    return requests.post(url, headers=headers, timeout=CALL_LIMIT_S).status_code


def test_due_retry_is_delivered(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()
    deployed.emulator.fault("QUOTA_EXCEEDED", target=phone.target, times=1)
    doors.created(deployed.inbox(complete()))
    state = deployed.record()["state"]
    deployed.make_due()

    status = sweep(doors)

    assert (status, state) == (200, "waiting")
    deployed.emulator.wait(1, target=phone.target)
    assert deployed.shown(phone) == [TEXT]


def test_expired_lease_is_delivered(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()
    deployed.inbox(complete())
    an_hour_ago = deployed.clock.now - timedelta(hours=1)
    claim = lifecycle.claim(deployed.uid, "n1", source="inbox", now=an_hour_ago)
    deployed.services.store.claim(claim)

    status = sweep(doors)

    assert status == 200
    deployed.emulator.wait(1, target=phone.target)
    assert deployed.shown(phone) == [TEXT]


def test_scheduled_document_whose_task_was_lost_is_delivered(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()
    due = {"dueAt": deployed.clock.now, "dueShard": 9, "sendAt": deployed.clock.now}
    deployed.outbox({"uid": deployed.uid, "body": TEXT, **due}, id=deployed.uid)

    status = sweep(doors)

    assert status == 200
    deployed.emulator.wait(1, target=phone.target)
    assert deployed.shown(phone) == [TEXT]


@pytest.mark.parametrize(
    ("instance", "environment"),
    [
        (1, {"CLOUD_TASKS_EMULATOR_HOST": f"127.0.0.1:{free_port()}"}),
        (2, WITHOUT_CREDENTIALS),
    ],
    ids=["nobody answers", "no credentials"],
)
def test_sweep_survives_a_queue_that_takes_nothing(
    deployed: Scene, doors: Doors, instance: int, environment: dict[str, str]
) -> None:
    due = {"dueAt": deployed.clock.now, "dueShard": 0, "sendAt": deployed.clock.now}
    deployed.outbox({"uid": deployed.uid, "body": TEXT, **due}, id=deployed.uid)
    before = doors.logged()

    status = sweep(doors, instance=instance, **environment)

    assert status == 200
    assert f'"id": "{deployed.uid}"' in doors.said(since=before)


def test_task_that_is_none_of_ours_is_not_asked_for_again(doors: Doors) -> None:
    answers = [
        requests.post(doors.url("deliver"), json={"data": data}, timeout=CALL_LIMIT_S)
        for data in (
            *({"kind": "other", "id": "x"}, {"id": 3}, "x", {"kind": "outbox", "id": "x"}),
            *({"kind": kind, "id": id} for kind in KINDS for id in ("a/b", "..", "__x__")),
        )
    ]

    assert {answer.status_code for answer in answers} == {200}


def test_sweep_with_nothing_due_does_nothing(scene: Scene) -> None:
    outbox.sweep(scene.services)

    assert list(scene.client.collection("deliveries").stream()) == []
