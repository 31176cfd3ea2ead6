"""`tools/operate` as an operator runs it: a process of its own, on the emulators."""

import hashlib
import os
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from firebell import outbox
from firebell.core import lifecycle, schema
from tests.integration.doors import free_port
from tests.integration.scene import TEXT, Phone, Scene, complete, stored
from tools.stack import ROOT

Done = subprocess.CompletedProcess[str]


def operate(
    scene: Scene,
    command: str,
    *arguments: str,
    stdin: int = subprocess.DEVNULL,
    environment: Mapping[str, str] | None = None,
) -> Done:
    """Run `tools/operate` in the scene's project; none of its output may hold a secret."""
    done = subprocess.run(
        [ROOT / "tools/operate", command, "--project", scene.client.project, *arguments],
        env={**os.environ, **(environment or {})},
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = done.stdout + done.stderr
    assert [secret for secret in scene.secrets if secret in said] == []
    return done


def runtime(scene: Scene) -> dict[str, Any]:
    return scene.client.document("config/runtime").get().to_dict() or {}


def fail(scene: Scene, phone: Phone, id: str, **fields: Any) -> dict[str, Any]:
    """Deliver a notification that fails for *phone*."""
    scene.emulator.fault("THIRD_PARTY_AUTH_ERROR", target=phone.target, times=1)
    return scene.deliver(complete(**fields), id=id)


def again(scene: Scene, id: str = "n1") -> dict[str, Any]:
    """Do what the sweep would make of the delivery, once the operator's clock is past."""
    scene.clock.pass_s(60)
    return scene.again(id)


def test_pause_and_resume_leave_what_else_the_document_says(scene: Scene) -> None:
    caps = {"chat": {"most": 3, "windowSeconds": 3600}}
    scene.client.document("config/runtime").set({"caps": caps})

    paused = operate(scene, "pause")
    between = runtime(scene)
    status = operate(scene, "status")
    resumed = operate(scene, "resume")

    assert [each.returncode for each in (paused, status, resumed)] == [0, 0, 0]
    assert between == {"caps": caps, "sendingPaused": True}
    assert runtime(scene) == {"caps": caps, "sendingPaused": False}
    assert "follow within 30 seconds" in paused.stdout
    assert "PAUSED" in status.stdout
    assert "for this: 0" in resumed.stdout


def test_paused_push_waits_and_goes_out_after_resuming(scene: Scene) -> None:
    phone = scene.device()
    operate(scene, "pause")
    during = scene.deliver(complete())
    resumed = operate(scene, "resume")

    scene.clock.pass_s(schema.PAUSE_LOOK_S)
    after = scene.again()

    assert (during["state"], during["reason"], after["state"]) == ("waiting", "paused", "done")
    assert "for this: 1" in resumed.stdout
    assert scene.shown(phone) == [TEXT]


def test_status_counts_what_is_due_how_it_ended_and_who_is_stale(scene: Scene) -> None:
    phone = scene.device()
    fail(scene, phone, "n1")
    for id in ("n2", "n3"):
        scene.deliver(complete(), id=id)
    past = scene.clock.now - timedelta(days=31)
    claim = lifecycle.claim(scene.uid, "n4", source="inbox", now=past)
    scene.services.store.claim(claim)
    stale = {"devices": {}, "oldestSeenOn": past.date().isoformat()}
    scene.client.document("recipients/grace").create(stale)

    said = operate(scene, "status").stdout

    lines = dict(line.rsplit("  ", 1) for line in said.splitlines() if "  " in line)
    counts = {name.strip(): value.strip() for name, value in lines.items()}
    assert "on the EMULATOR at" in said
    assert counts == {
        "sending": "on",
        "overdue in deliveries": "1",
        "overdue in outbox": "0",
        "deliveries claimed": "1",
        "deliveries waiting": "0",
        "deliveries done": "2",
        "deliveries dropped": "0",
        "deliveries rejected": "0",
        "deliveries failed": "1",
        "deliveries gaveUp": "0",
        "users with a stale device": "1 (not seen for 30 days)",
    }


def test_device_that_failed_is_sent_again_and_those_that_were_reached_are_not(scene: Scene) -> None:
    phone, browser = scene.device(), scene.device("web")
    before = fail(scene, phone, "n1")
    scene.deliver(complete(body=f"{TEXT}, too"), id="n2")

    nothing = operate(scene, "redrive")
    done = operate(scene, "redrive", "--state", "done")
    after = again(scene)

    assert (before["state"], before["devices"][phone.id]["outcome"]) == ("done", "failed")
    assert "0 redriven, 0 skipped" in nothing.stdout
    assert "1 redriven, 0 skipped" in done.stdout
    assert (after["state"], after["devices"][phone.id]["outcome"]) == ("done", "accepted")
    assert scene.shown(phone) == [f"{TEXT}, too", TEXT]
    assert scene.shown(browser) == [TEXT, f"{TEXT}, too"]


def test_failed_and_given_up_are_redriven_once(scene: Scene) -> None:
    phone = scene.device()
    fail(scene, phone, "n1")
    fail(scene, phone, "n2")
    scene.delivery_reference("n2").update({"state": "gaveUp", "devices": {}})
    scene.deliver(complete(), id="n3")

    first, second = (operate(scene, "redrive") for _ in range(2))
    states = [again(scene, id)["state"] for id in ("n1", "n2")]

    assert "2 redriven, 0 skipped" in first.stdout
    assert "0 redriven, 0 skipped" in second.stdout
    assert states == ["done", "done"]
    assert len(scene.shown(phone)) == 3


@pytest.mark.parametrize(
    ("answer", "status", "state"),
    [(b"n\n", 1, "failed"), (b"\n", 1, "failed"), (b"y\n", 0, "waiting")],
)
def test_redriving_asks_on_a_terminal(scene: Scene, answer: bytes, status: int, state: str) -> None:
    fail(scene, scene.device(), "n1")
    terminal, keyboard = os.openpty()
    os.write(terminal, answer)

    done = operate(scene, "redrive", stdin=keyboard)

    os.close(terminal)
    os.close(keyboard)
    assert "There are 1 failed and 0 gaveUp" in done.stdout
    assert (done.returncode, scene.record()["state"]) == (status, state)


def test_dry_run_changes_nothing(scene: Scene) -> None:
    before = fail(scene, scene.device(), "n1")

    done = operate(scene, "redrive", "--dry-run")

    assert "1 would be redriven, 0 skipped" in done.stdout
    assert scene.record() == before


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("--state", "gaveUp"), 0),
        (("--uid", "grace"), 0),
        (("--uid", "ada"), 2),
        (("--since", "1h"), 1),
        (("--since", "2d"), 2),
        (("--limit", "1"), 1),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else f"{value} of two",
)
def test_deliveries_to_redrive_are_chosen(
    scene: Scene, arguments: tuple[str, ...], count: int
) -> None:
    phone = scene.device()
    for id in ("n1", "n2"):
        fail(scene, phone, id)
    scene.delivery_reference("n2").update({"createdAt": scene.clock.now - timedelta(days=1)})

    done = operate(scene, "redrive", "--dry-run", *arguments)

    assert f"\n{count} would be redriven" in done.stdout


def test_delivery_that_cannot_be_sent_again_says_why(scene: Scene) -> None:
    phone = scene.device()
    for id, fields in (("n1", {}), ("n2", {"ttlSeconds": 60}), ("n3", {}), ("n4", {})):
        fail(scene, phone, id, **fields)
    scene.inbox_reference("n1").delete()
    yesterday = scene.clock.now - timedelta(days=1)
    scene.delivery_reference("n2").update({"createdAt": yesterday})
    scene.inbox_reference("n3").update({"priority": "extreme"})
    line = f"devices.`{phone.id}`.outcome"
    scene.delivery_reference("n4").update({line: "gone"})

    done = operate(scene, "redrive")

    assert done.returncode == 0
    assert "0 redriven, 4 skipped" in done.stdout
    gone = lifecycle.delivery_id(scene.uid, "n1")
    assert f"skipped {gone} of {scene.uid}: its notification is gone\n" in done.stdout
    for reason in (
        "its own life is over (ttlSeconds, expireAt)",
        "its notification is not valid: priority",
        "no device of it failed or was given up",
    ):
        assert f"  1 skipped: {reason}\n" in done.stdout


def test_failed_outbox_document_is_sent_again_and_goes(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("THIRD_PARTY_AUTH_ERROR", times=1)
    snapshot = scene.outbox({"uid": scene.uid, "body": TEXT, "inbox": False})
    outbox.accept(stored(snapshot), scene.services)

    done = operate(scene, "redrive")
    after = again(scene)

    assert "1 redriven" in done.stdout
    assert after["state"] == "done"
    assert scene.shown(phone) == [TEXT]
    assert not scene.client.document("outbox/n1").get().exists


def test_life_that_a_template_gives_is_heeded(scene: Scene) -> None:
    phone = scene.device()
    scene.client.document("templates/sale").set({"body": TEXT, "ttlSeconds": 60})
    for id, fields in (("n1", {"inbox": False}), ("n2", {"inbox": False, "ttlSeconds": 86_400})):
        scene.emulator.fault("THIRD_PARTY_AUTH_ERROR", target=phone.target, times=1)
        snapshot = scene.outbox({"uid": scene.uid, "template": "sale", **fields}, id=id)
        outbox.accept(stored(snapshot), scene.services)
        an_hour_ago = scene.clock.now - timedelta(hours=1)
        scene.delivery_reference(id).update({"createdAt": an_hour_ago})

    done = operate(scene, "redrive")

    assert "1 redriven, 1 skipped" in done.stdout
    assert "  1 skipped: its own life is over (ttlSeconds, expireAt)\n" in done.stdout
    assert scene.record("n2")["state"] == "waiting"


def test_redriving_while_paused_says_so(scene: Scene) -> None:
    fail(scene, scene.device(), "n1")
    operate(scene, "pause")

    done = operate(scene, "redrive")

    assert "sending is PAUSED" in done.stdout


def quarantine(scene: Scene, *phones: Phone) -> None:
    """Let FCM refuse the targets of *phones*, once."""
    for phone in phones:
        scene.emulator.fault("INVALID_ARGUMENT", target=phone.target, times=1)
    scene.deliver(complete(), id="n0")


def states(scene: Scene) -> dict[str, tuple[str, str | None]]:
    devices = scene.recipient()["devices"]
    return {id: (device["state"], device["reason"]) for id, device in devices.items()}


SET_ASIDE = ("quarantined", "target_refused")
ACTIVE = ("active", None)


def test_quarantined_devices_are_listed_restored_by_name_and_all(scene: Scene) -> None:
    first, second, third = (scene.device(platform) for platform in ("android", "ios", "web"))
    quarantine(scene, first, second, third)

    listed = operate(scene, "restore", "--uid", scene.uid)
    untouched = states(scene)
    digits = {
        line.split()[2]: line.split()[1]
        for line in listed.stdout.splitlines()
        if line.startswith("quarantined ")
    }
    one = operate(scene, "restore", "--uid", scene.uid, "--device", digits["ios,"])
    after_one = states(scene)
    by_id = operate(scene, "restore", "--uid", scene.uid, "--device", first.id)
    after_two = states(scene)
    rest = operate(scene, "restore", "--uid", scene.uid, "--all")

    assert [each.returncode for each in (listed, one, by_id, rest)] == [0, 0, 0, 0]
    assert digits["ios,"] == hashlib.sha256(second.target.value.encode()).hexdigest()[:8]
    assert set(untouched.values()) == {SET_ASIDE}
    assert after_one == {first.id: SET_ASIDE, second.id: ACTIVE, third.id: SET_ASIDE}
    assert after_two == {first.id: ACTIVE, second.id: ACTIVE, third.id: SET_ASIDE}
    assert set(states(scene).values()) == {ACTIVE}
    assert "restored" in rest.stdout


@pytest.mark.parametrize(
    ("uid", "device", "says"),
    [
        ("nobody", "x", "No user nobody has ever registered a device."),
        ("ada", "00000000", "No quarantined device of ada is called that."),
    ],
    ids=["unknown user", "unknown device"],
)
def test_what_cannot_be_restored_is_named(scene: Scene, uid: str, device: str, says: str) -> None:
    quarantine(scene, scene.device())

    done = operate(scene, "restore", "--uid", uid, "--device", device)

    assert done.returncode == 1
    assert says in done.stdout
    assert set(states(scene).values()) == {SET_ASIDE}


def test_restored_device_is_sent_to_and_its_errand_ends(scene: Scene) -> None:
    phone = scene.device()
    quarantine(scene, phone)
    operate(scene, "restore", "--uid", scene.uid, "--all")
    scene.clock.pass_s(schema.CONFIRM_AFTER_S)

    (errand,) = [document.id for document in scene.client.collection("outbox").stream()]
    outbox.deliver_task({"kind": "outbox", "id": errand}, scene.services)
    scene.deliver(complete())

    assert states(scene) == {phone.id: ACTIVE}
    assert not scene.client.document(f"outbox/{errand}").get().exists
    assert scene.shown(phone) == [TEXT]


def test_device_in_use_is_not_touched_by_restoring(scene: Scene) -> None:
    phone = scene.device()
    before = scene.client.document(f"recipients/{scene.uid}").get().update_time

    done = operate(scene, "restore", "--uid", scene.uid, "--device", phone.id)

    assert done.returncode == 1
    assert scene.client.document(f"recipients/{scene.uid}").get().update_time == before


def test_missing_credentials_are_named(scene: Scene) -> None:
    nothing = {
        "FIRESTORE_EMULATOR_HOST": "",
        "GOOGLE_APPLICATION_CREDENTIALS": "",
        "CLOUDSDK_CONFIG": os.devnull,
        "NO_GCE_CHECK": "true",
    }

    done = operate(scene, "pause", environment=nothing)

    assert done.returncode == 2
    assert "gcloud auth application-default login" in done.stderr
    assert "Traceback" not in done.stderr


def test_emulator_that_is_not_there_is_named(scene: Scene) -> None:
    nowhere = f"127.0.0.1:{free_port()}"

    done = operate(scene, "status", environment={"FIRESTORE_EMULATOR_HOST": nowhere})

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(f"FIRESTORE_EMULATOR_HOST={nowhere}.")
    assert "Traceback" not in done.stderr
