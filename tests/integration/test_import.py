"""Devices of another system: what is here already stays, what fits comes, each line is answered."""

import dataclasses
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from fcm_emulator.targets import new_fid, new_legacy_token
from firebell import importing
from firebell import services as real_services
from firebell.config import Settings
from firebell.core import schema
from firebell.services import Services
from tests.integration.doors import free_port
from tests.integration.scene import TEXT, Scene, complete


def a_line(scene: Scene, *, uid: str | None = None, **fields: Any) -> dict[str, Any]:
    """Return a line about a device that nobody has yet."""
    token = new_legacy_token().value
    scene.secrets.append(token)
    return {"uid": uid or scene.uid, "legacyToken": token, "platform": "android", **fields}


def run(
    scene: Scene,
    lines: Iterable[Any],
    *,
    services: Services | None = None,
    compares: bool = False,
) -> list[dict[str, Any]]:
    """Import *lines* and return their answers."""
    numbered = [(n, json.dumps(line).encode()) for n, line in enumerate(lines, start=1)]
    found = importing.import_devices(numbered, services or scene.services, compares=compares)
    return list(found)


def results(answers: Iterable[dict[str, Any]]) -> list[str]:
    return [answer["result"] for answer in answers]


def test_imported_device_is_sent_to(scene: Scene) -> None:
    target = new_legacy_token()
    scene.emulator.register_device(target, "android")
    line = a_line(scene, legacyToken=target.value, label="Ada 📱", timezone="Europe/Vienna")

    answers = run(scene, [line])
    delivery = scene.deliver(complete())

    assert answers == [{"line": 1, "result": "imported"}]
    assert [device["outcome"] for device in delivery["devices"].values()] == ["accepted"]
    assert [message.message["notification"]["body"] for message in scene.emulator.messages(target)]
    (device,) = scene.recipient()["devices"].values()
    assert device["label"] == "Ada 📱"
    assert device["importedFrom"] == "import"
    assert device["lastSeenAt"] == scene.clock.now
    assert scene.recipient()["timezone"] == "Europe/Vienna"
    assert scene.recipient()["oldestSeenOn"] == scene.clock.now.date().isoformat()
    assert 0 <= scene.recipient()["partition"] < schema.PARTITIONS
    assert scene.owners() == [scene.uid, scene.uid]


def test_second_import_changes_nothing(scene: Scene) -> None:
    lines = [a_line(scene), a_line(scene, active=False), a_line(scene, uid="grace")]

    first = run(scene, lines)
    before = scene.client.document("recipients", scene.uid).get()
    scene.clock.pass_s(86_400)
    second = run(scene, lines)

    assert results(first) == ["imported", "disabled", "imported"]
    assert results(second) == ["known", "known", "known"]
    after = scene.client.document("recipients", scene.uid).get()
    assert after.update_time == before.update_time


def test_inactive_device_is_kept_and_never_sent_to_until_it_registers(scene: Scene) -> None:
    target = new_legacy_token()
    scene.emulator.register_device(target, "android")
    run(scene, [a_line(scene, legacyToken=target.value, active=False)])

    scene.deliver(complete(), id="n1")
    (device,) = scene.recipient()["devices"].values()
    phone = scene.register(target, "android")
    scene.deliver(complete(), id="n2")

    assert (device["state"], device["reason"]) == ("disabled", "imported_inactive")
    assert scene.shown(phone) == [TEXT]
    (device,) = scene.recipient()["devices"].values()
    assert (device["state"], device["reason"]) == ("active", None)
    assert "importedFrom" not in device


def test_device_that_is_here_stays_as_it_is(scene: Scene) -> None:
    phone = scene.device()
    fid = scene.device("ios")
    installation = f"{fid.id}:{'x' * 80}"
    scene.secrets.append(installation)
    before = scene.client.document("recipients", scene.uid).get()

    answers = run(
        scene,
        [
            a_line(scene, legacyToken=phone.target.value, active=False),
            a_line(scene, legacyToken=installation),
            a_line(scene, legacyToken=phone.target.value, uid="grace"),
        ],
    )

    after = scene.client.document("recipients", scene.uid).get()
    assert results(answers) == ["known", "known", "known"]
    assert after.update_time == before.update_time
    assert scene.recipient("grace") == {}


@pytest.mark.parametrize("newest_first", [False, True])
def test_newest_target_of_an_installation_stays(scene: Scene, newest_first: bool) -> None:
    fid, now = new_fid().value, scene.clock.now
    old, new = f"{fid}:{'a' * 80}", f"{fid}:{'b' * 80}"
    scene.secrets.extend((fid, old, new))
    lines = [
        a_line(scene, legacyToken=old, active=False, createdAt=(now - timedelta(9)).isoformat()),
        a_line(scene, legacyToken=new, createdAt=(now - timedelta(1)).isoformat()),
    ]
    ordered = lines[::-1] if newest_first else lines

    first, second = run(scene, ordered), run(scene, ordered)

    assert results(first) == (["imported", "known"] if newest_first else ["disabled", "imported"])
    assert results(second) == ["known", "known"]
    (device,) = scene.recipient()["devices"].values()
    assert (device["target"]["value"], device["state"]) == (new, "active")
    assert scene.owners() == [scene.uid, scene.uid]


def test_what_differs_is_reported_and_left(scene: Scene) -> None:
    phone = scene.device()
    value = phone.target.value
    lines = [
        a_line(scene, legacyToken=value),
        a_line(scene, legacyToken=value, active=False),
        a_line(scene, legacyToken=value, uid="grace"),
        a_line(scene),
    ]

    answers = run(scene, lines, compares=True)

    assert answers == [
        {"line": 1, "result": "known"},
        {"line": 2, "result": "differs", "differs": ["active"]},
        {"line": 3, "result": "differs", "differs": ["owner"]},
        {"line": 4, "result": "imported"},
    ]
    assert scene.recipient("grace") == {}


def test_erased_user_gets_nothing(scene: Scene) -> None:
    scene.client.document("recipients", "gone").set({"erasedAt": scene.clock.now})

    answers = run(scene, [a_line(scene, uid="gone")])

    assert answers == [{"line": 1, "result": "erased"}]
    assert scene.recipient("gone") == {"erasedAt": scene.clock.now}
    assert scene.owners() == []


def test_import_evicts_no_device_that_registered_itself(scene: Scene) -> None:
    for _ in range(19):
        scene.device("ios")
    now = scene.clock.now
    lines = [
        a_line(scene, createdAt=(now - timedelta(days=days)).isoformat()) for days in (9, 5, 7)
    ]

    first, second = run(scene, lines), run(scene, lines)

    assert results(first) == ["imported", "imported", "refused"]
    assert results(second) == ["refused", "known", "refused"]
    assert first[2]["field"] == "uid"
    assert "20 devices" in first[2]["problem"]
    devices = scene.recipient()["devices"].values()
    (imported,) = [device for device in devices if "importedFrom" in device]
    assert len(devices) == 20
    assert imported["target"]["value"] == lines[1]["legacyToken"]
    assert len(scene.owners()) == 19 + 2


def test_bad_lines_are_named_one_by_one_and_the_others_go(scene: Scene) -> None:
    good = a_line(scene)
    secret = "z" * 40
    scene.secrets.append(secret)

    answers = run(scene, [5, good, {**a_line(scene), "platform": "tv"}, {secret: secret}])

    assert results(answers) == ["refused", "imported", "refused", "refused"]
    assert [answer.get("field") for answer in answers] == ["line", None, "platform", "line"]
    assert secret not in json.dumps(answers)


def test_same_target_for_two_users_at_once_has_one_owner(scene: Scene) -> None:
    for _ in range(5):
        shared = a_line(scene)
        uids = [f"user-{n}" for n in range(6)]

        answers = run(scene, [{**shared, "uid": uid} for uid in uids])

        assert sorted(results(answers)) == ["imported", *["known"] * 5]


def test_import_beside_registrations_loses_no_device(scene: Scene) -> None:
    lines = [a_line(scene) for _ in range(6)]
    with ThreadPoolExecutor(4) as pool:
        imported = pool.submit(run, scene, lines)
        for _ in range(4):
            pool.submit(scene.device, "ios").result()

    assert results(imported.result()) == ["imported"] * 6
    assert len(scene.recipient()["devices"]) == 10


def test_lines_beyond_the_time_are_answered_and_go_next_time(scene: Scene) -> None:
    lines = [a_line(scene, uid=f"user-{n}") for n in range(4)]
    ticks = iter([scene.clock.now])
    late = scene.clock.now + importing.BUDGET
    hurried = dataclasses.replace(scene.services, clock=lambda: next(ticks, late))

    first = run(scene, lines, services=hurried)
    second = run(scene, lines)

    assert results(first) == ["notReached"] * 4
    assert results(second) == ["imported"] * 4


def test_lines_that_firestore_does_not_serve_are_not_reached(
    scene: Scene, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{free_port()}")
        nowhere = real_services.build(settings)
    lines = [{}, a_line(scene), a_line(scene, uid="grace")]

    answers = run(scene, lines, services=dataclasses.replace(nowhere, clock=scene.clock))

    assert results(answers) == ["refused", "notReached", "notReached"]
    assert "Firestore" in answers[1]["problem"]


def test_device_of_an_installation_with_an_fid_is_imported_as_such(scene: Scene) -> None:
    fid = new_fid().value
    scene.secrets.append(fid)
    line = {"uid": scene.uid, "target": {"kind": "fid", "value": fid}, "platform": "web"}

    assert results(run(scene, [line])) == ["imported"]
    assert scene.recipient()["devices"][fid]["target"] == {"kind": "fid", "value": fid}
