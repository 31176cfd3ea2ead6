"""FCM fails for a while, or in the middle: everything arrives in the end, and shows once."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from fcm_emulator import credentials
from firebell import fcm, request
from firebell.access import GoogleAccess
from firebell.config import Settings
from firebell.fcm import Fcm
from tests.integration.scene import TEXT, Scene, complete
from tests.integration.senders import Spoiling, with_sender
from tests.integration.trays import accepted, phones_of_each_platform, texts_on_screen

DELIVERIES = 8
IDS = [f"n{number}" for number in range(DELIVERIES)]


@pytest.mark.parametrize(("rate", "retry_after_s"), [(1.0, None), (1.0, 40), (0.9, None)], ids=str)
def test_storm_of_503_delays_and_loses_nothing(
    scene: Scene, rate: float, retry_after_s: int | None
) -> None:
    phones = [scene.device("ios"), scene.device("web")]
    scene.emulator.fault("UNAVAILABLE", rate=rate, seed=5, retry_after_s=retry_after_s)
    calm_at = scene.clock.now + timedelta(minutes=10)
    records = {id: scene.deliver(complete(), id=id) for id in IDS}

    waits: list[float] = []
    while due := {id: record["dueAt"] for id, record in records.items() if "dueAt" in record}:
        id = min(due, key=lambda id: due[id])
        scene.clock.now = max(scene.clock.now, due[id])
        if scene.clock.now >= calm_at:
            scene.emulator.clear_faults()
        records[id] = scene.again(id)
        if "dueAt" in records[id]:
            waits.append((records[id]["dueAt"] - scene.clock.now).total_seconds())

    assert {record["state"] for record in records.values()} == {"done"}
    assert [accepted(scene, phone) for phone in phones] == [DELIVERIES] * 2
    assert sum(max(0, record["attempt"] - 2) for record in records.values()) == len(waits)
    assert min(waits) >= (retry_after_s or 10)


def test_answer_lost_after_acceptance_is_repeated_and_shown_once(scene: Scene) -> None:
    phones = phones_of_each_platform(scene)
    for phone in phones:
        scene.emulator.fault("CONNECTION_RESET", target=phone.target, times=1)

    record = scene.deliver(complete())

    assert record["state"] == "done"
    assert {line["outcome"] for line in record["devices"].values()} == {"accepted"}
    assert [texts_on_screen(scene, phone) for phone in phones] == [[TEXT]] * 3


def test_answer_lost_each_time_makes_the_device_wait_and_shows_once(scene: Scene) -> None:
    lost, other = scene.device(), scene.device("ios")
    scene.emulator.fault("CONNECTION_RESET", target=lost.target)

    first = scene.deliver(complete())
    scene.emulator.clear_faults()
    scene.clock.now = first["dueAt"]
    record = scene.again()

    assert first["devices"][lost.id]["outcome"] == "waiting"
    assert first["devices"][lost.id]["code"] == "CONNECTION_LOST"
    assert (record["state"], record["attempt"]) == ("done", 2)
    assert accepted(scene, lost) > 1
    assert [texts_on_screen(scene, phone) for phone in (lost, other)] == [[TEXT]] * 2


def test_answer_that_comes_too_late_makes_the_device_wait_and_shows_once(
    scene: Scene, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, other = scene.device(), scene.device("ios")
    monkeypatch.setattr(request, "REPLY_TIMEOUT_S", 1)  # 20 are too many for a test
    impatient = with_sender(scene, fcm.connect(settings))
    scene.emulator.fault(None, target=late.target, times=1, delay_ms=3_000)

    first = impatient.deliver(complete())
    scene.clock.now = first["dueAt"]
    record = impatient.again()

    assert first["devices"][late.id]["code"] == "TIMEOUT"
    assert first["devices"][other.id]["outcome"] == "accepted"
    assert record["state"] == "done"
    assert [accepted(scene, phone) for phone in (late, other)] == [2, 1]
    assert [texts_on_screen(scene, phone) for phone in (late, other)] == [[TEXT]] * 2


def test_access_token_that_expires_in_the_middle_is_renewed_and_repeats_nothing(
    scene: Scene,
    settings: Settings,
    addresses: Mapping[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phones = phones_of_each_platform(scene)
    path = tmp_path / "key.json"
    credentials.write(path, settings.project_id, f"http://{addresses['FCM_EMULATOR_HOST']}/token")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    access = GoogleAccess()
    origin = f"http://{settings.fcm_emulator_host}"
    sender = Fcm(origin=origin, project_id=settings.project_id, access=access)
    before = access.bearer()
    scene.emulator.fault("ACCESS_TOKEN_EXPIRED", target=phones[1].target, times=1)

    record = with_sender(scene, sender).deliver(complete())

    assert record["state"] == "done"
    assert access.bearer() != before
    assert [accepted(scene, phone) for phone in phones] == [1] * 3


def test_message_that_fcm_refuses_is_rejected_and_disables_none_of_its_devices(
    scene: Scene,
) -> None:
    phones = phones_of_each_platform(scene) + [scene.device() for _ in range(7)]
    before = scene.recipient()
    refused = json.dumps({"data": {"from": "us"}}).encode()

    record = with_sender(scene, Spoiling(sender=scene.services.fcm, payload=refused)).deliver(
        complete()
    )

    assert (record["state"], record["field"]) == ("rejected", "message.data")
    assert {line["outcome"] for line in record["devices"].values()} == {"rejected"}
    assert len(record["devices"]) == len(phones)
    assert scene.recipient() == before


def test_device_over_fcms_limit_for_a_minute_waits_alone(scene: Scene) -> None:
    busy, other, grace = scene.device(), scene.device("ios"), scene.device(uid="grace")
    scene.emulator.limit(androidMessagesPerMinute=1)
    scene.deliver(complete(), id="n0")

    busy_first = scene.deliver(complete(), id="n1")
    theirs = scene.deliver(complete(), id="n1", uid="grace")
    scene.emulator.advance_clock(60)
    scene.clock.pass_s(60)
    record = scene.again("n1")

    assert busy_first["devices"][busy.id]["code"] == "QUOTA_EXCEEDED"
    assert busy_first["devices"][other.id]["outcome"] == "accepted"
    assert theirs["state"] == "done"
    assert (record["state"], record["attempt"]) == ("done", 2)
    assert [accepted(scene, phone) for phone in (busy, other, grace)] == [2, 2, 1]


def test_quota_of_the_project_makes_all_wait_a_minute(scene: Scene) -> None:
    phones = [scene.device("ios"), scene.device("web")]
    scene.emulator.limit(messagesPerMinute=1)
    first = scene.deliver(complete(), id="n0")
    waiting = [line for line in first["devices"].values() if line["outcome"] == "waiting"]
    scene.emulator.limit(messagesPerMinute=None)

    scene.clock.now = first["dueAt"]
    record = scene.again("n0")

    assert [line["code"] for line in waiting] == ["RATE_LIMIT_EXCEEDED"]
    assert record["state"] == "done"
    assert [accepted(scene, phone) for phone in phones] == [1, 1]
