"""Devices that nobody has seen for most of a year are removed; no others are."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import requests

from firebell import pruning
from firebell.core import record, roster
from firebell.recipients import UNSEEN_LIMIT
from tests.builders import a_device
from tests.integration.doors import CALL_LIMIT_S, Doors
from tests.integration.scene import Phone, Scene, complete

DAY_S = 86_400


def ids(scene: Scene, *, uid: str | None = None) -> set[str]:
    return set(scene.recipient(uid).get("devices", {}))


def age(scene: Scene, phone: Phone, *, days: int, uid: str | None = None) -> None:
    """Make *phone* the one of its user's devices that was seen *days* ago, the longest unseen."""
    seen = scene.clock.now - timedelta(days=days)
    fields: dict[str, Any] = {f"devices.`{phone.id}`.lastSeenAt": seen}
    fields["oldestSeenOn"] = seen.date().isoformat()
    scene.client.document(f"recipients/{uid or scene.uid}").update(fields)


def test_device_unseen_for_271_days_is_removed_with_its_targets(scene: Scene) -> None:
    old, kept = scene.device(), scene.device("ios")
    scene.clock.pass_s(271 * DAY_S)
    scene.register(kept.target, kept.platform)

    pruning.prune(scene.services)

    assert ids(scene) == {kept.id}
    assert scene.recipient()["oldestSeenOn"] == scene.clock.now.date().isoformat()
    assert scene.owners() == [scene.uid]
    assert old.id not in ids(scene)


def test_device_unseen_for_270_days_is_stale_and_still_sent_to(scene: Scene) -> None:
    phone = scene.device()
    scene.clock.pass_s(270 * DAY_S)

    pruning.prune(scene.services)
    scene.deliver(complete())

    found = scene.services.devices.read(scene.uid)
    assert found is not None
    (device,) = found[0].devices.values()
    assert roster.is_stale(device, now=scene.clock.now, days=30)
    assert len(scene.shown(phone)) == 1


def test_device_seen_while_pruning_stays(scene: Scene) -> None:
    phone = scene.device()
    read = scene.services.devices.read(scene.uid)
    assert read is not None
    scene.clock.pass_s(271 * DAY_S)
    remove = partial(roster.prune, now=scene.clock.now, days=270)
    scene.register(phone.target, phone.platform)

    revision = scene.services.devices.revise(scene.uid, read[1], remove)

    assert revision == roster.Revision()
    assert ids(scene) == {phone.id}


def test_all_are_found_page_after_page_also_by_two_runs_at_once(scene: Scene) -> None:
    batch = scene.client.batch()
    for number in range(UNSEEN_LIMIT + 2):
        seen = scene.clock.now - timedelta(days=300 + number % 2)
        old, new = a_device(1, last_seen_at=seen), a_device(2, last_seen_at=scene.clock.now)
        devices = {device.id: record.device_document(device) for device in (old, new)}
        document = {"devices": devices, "oldestSeenOn": roster.oldest_seen_on([old, new])}
        batch.create(scene.client.document(f"recipients/user-{number}"), document)
    batch.commit()

    with ThreadPoolExecutor() as pool:
        for run in [pool.submit(pruning.prune, scene.services) for _ in range(2)]:
            run.result()

    found = [user.to_dict() or {} for user in scene.client.collection("recipients").stream()]
    assert len(found) == UNSEEN_LIMIT + 2
    assert {tuple(user["devices"]) for user in found} == {(a_device(2).id,)}
    assert {user["oldestSeenOn"] for user in found} == {scene.clock.now.date().isoformat()}


def test_recipient_without_devices_and_erased_user_are_left_alone(scene: Scene) -> None:
    scene.client.document("recipients/bare").create({"devices": {}, "oldestSeenOn": None})
    erased = {"erasedAt": scene.clock.now}
    scene.client.document("recipients/erased").create(erased)

    pruning.prune(scene.services)

    assert scene.recipient("erased") == erased
    assert ids(scene, uid="bare") == set()


def test_recipient_with_nothing_to_remove_is_passed_over(scene: Scene) -> None:
    """Nothing of ours writes such a date; a run that met one must not stay with it."""
    phone = scene.device()
    scene.client.document(f"recipients/{scene.uid}").update({"oldestSeenOn": "2020-01-01"})

    pruning.prune(scene.services)

    assert ids(scene) == {phone.id}


def test_run_that_takes_too_long_leaves_the_rest_for_the_next(scene: Scene) -> None:
    for uid in ("ada", "grace"):
        age(scene, scene.device(uid=uid), days=300, uid=uid)
    start = scene.clock.now
    moments = iter(start + timedelta(seconds=seconds) for seconds in (0, 1, 481))

    pruning.prune(replace(scene.services, clock=lambda: next(moments)))

    assert [len(ids(scene, uid=uid)) for uid in ("ada", "grace")] == [0, 1]


def test_scheduled_function_prunes(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()
    age(deployed, phone, days=272)
    before = doors.logged()

    headers = {"X-CloudScheduler-ScheduleTime": "2026-01-31T03:17:00Z"}
    answer = requests.post(doors.url("prune_devices"), headers=headers, timeout=CALL_LIMIT_S)

    assert answer.status_code == 200
    assert ids(deployed) == set()
    assert '"removed": 1' in doors.said(since=before)
