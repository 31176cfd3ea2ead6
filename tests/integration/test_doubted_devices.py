"""FCM refused a device's target: it is set aside, asked about again, then removed or restored."""

from functools import partial
from typing import Any

import pytest

from firebell import outbox, registration
from firebell.core import schema
from tests.integration.scene import TEXT, Phone, Scene, complete
from tests.integration.senders import ThenDo, with_sender


@pytest.fixture
def doubted(scene: Scene) -> Phone:
    """Give a phone whose target FCM has just refused, once."""
    phone = scene.device()
    scene.emulator.fault("INVALID_ARGUMENT", target=phone.target, times=1)
    record = scene.deliver(complete())
    assert record["devices"][phone.id]["outcome"] == "quarantined"
    return phone


def state(scene: Scene, phone: Phone) -> str | None:
    device = scene.recipient()["devices"].get(phone.id)
    return None if device is None else device["state"]


def errands(scene: Scene) -> list[str]:
    return [document.id for document in scene.client.collection("outbox").stream()]


def run_errands(scene: Scene) -> None:
    for errand in errands(scene):
        outbox.deliver_task({"kind": "outbox", "id": errand}, scene.services)


def test_refused_target_is_set_aside_and_sent_nothing(scene: Scene, doubted: Phone) -> None:
    scene.deliver(complete(), id="n2")

    assert state(scene, doubted) == "quarantined"
    assert scene.recipient()["devices"][doubted.id]["reason"] == "target_refused"
    assert scene.shown(doubted) == []


def test_target_that_fcm_takes_later_is_restored(scene: Scene, doubted: Phone) -> None:
    scene.clock.pass_s(schema.CONFIRM_AFTER_S)

    run_errands(scene)

    assert (state(scene, doubted), errands(scene)) == ("active", [])
    scene.deliver(complete(), id="n2")
    assert scene.shown(doubted) == [TEXT]


@pytest.mark.parametrize("fault", ["INVALID_ARGUMENT", "UNREGISTERED"])
def test_target_that_fcm_refuses_again_is_removed(scene: Scene, doubted: Phone, fault: str) -> None:
    scene.emulator.fault(fault, target=doubted.target)
    scene.clock.pass_s(schema.CONFIRM_AFTER_S)

    run_errands(scene)

    assert (state(scene, doubted), errands(scene), scene.owners()) == (None, [], [])


def test_question_that_comes_early_is_not_put(scene: Scene, doubted: Phone) -> None:
    scene.clock.pass_s(schema.CONFIRM_AFTER_S - 1)

    run_errands(scene)

    assert (state(scene, doubted), len(errands(scene))) == ("quarantined", 1)


def test_question_without_an_answer_is_put_again_an_hour_later(
    scene: Scene, doubted: Phone
) -> None:
    scene.emulator.fault("PROJECT_QUOTA", times=1)
    scene.clock.pass_s(schema.CONFIRM_AFTER_S)

    run_errands(scene)
    run_errands(scene)
    between = state(scene, doubted)
    scene.clock.pass_s(schema.CONFIRM_AFTER_S)
    run_errands(scene)

    assert (between, state(scene, doubted)) == ("quarantined", "active")


def test_device_that_registered_again_is_left_alone(scene: Scene, doubted: Phone) -> None:
    scene.register(doubted.target, doubted.platform)
    scene.emulator.fault("UNREGISTERED", target=doubted.target)
    scene.clock.pass_s(schema.CONFIRM_AFTER_S)

    run_errands(scene)

    assert (state(scene, doubted), errands(scene)) == ("active", [])


def test_device_that_left_is_left_alone(scene: Scene, doubted: Phone) -> None:
    target = {"kind": doubted.target.kind, "value": doubted.target.value}
    registration.unregister_device(scene.uid, {"target": target}, scene.services)
    scene.clock.pass_s(schema.CONFIRM_AFTER_S)

    run_errands(scene)

    assert (state(scene, doubted), errands(scene)) == (None, [])


def test_device_that_registers_while_fcm_is_asked_stays(scene: Scene, doubted: Phone) -> None:
    scene.emulator.fault("INVALID_ARGUMENT", target=doubted.target)
    scene.clock.pass_s(schema.CONFIRM_AFTER_S)
    back = partial(scene.register, doubted.target, doubted.platform)
    asking = with_sender(scene, ThenDo(sender=scene.services.fcm, then=back))

    run_errands(asking)

    assert (state(scene, doubted), errands(scene)) == ("active", [])
    assert scene.owners() == [scene.uid] * len(scene.owners()) != []


def test_question_is_not_put_again_by_a_run_that_another_has_overtaken(
    scene: Scene, doubted: Phone
) -> None:
    scene.emulator.fault("PROJECT_QUOTA", times=1)
    scene.emulator.fault("INVALID_ARGUMENT", target=doubted.target)
    scene.clock.pass_s(schema.CONFIRM_AFTER_S)
    asking = with_sender(scene, ThenDo(sender=scene.services.fcm, then=partial(run_errands, scene)))

    run_errands(asking)

    assert (state(scene, doubted), errands(scene)) == (None, [])


def test_overtaken_run_leaves_the_count_of_questions_to_the_others(
    scene: Scene, doubted: Phone
) -> None:
    scene.emulator.fault("PROJECT_QUOTA", times=3)
    scene.clock.pass_s(schema.CONFIRM_AFTER_S)

    def two_others() -> None:
        for _ in range(2):
            run_errands(scene)
            scene.clock.pass_s(schema.CONFIRM_AFTER_S)

    run_errands(with_sender(scene, ThenDo(sender=scene.services.fcm, then=two_others)))

    (errand,) = errands(scene)
    left = scene.client.document("outbox", errand).get().to_dict() or {}
    assert (left["kind"], left["asked"]) == ("confirm", 2)


@pytest.mark.parametrize(
    "fields",
    [{"uid": 7}, {"deviceId": None}, {"asked": "often"}, {"dueAt": "today"}],
    ids=["uid", "device", "asked", "due"],
)
def test_errand_that_nobody_understands_is_kept_and_not_due(
    scene: Scene, doubted: Phone, fields: dict[str, Any]
) -> None:
    (errand,) = errands(scene)
    scene.client.document("outbox", errand).update(fields)
    scene.clock.pass_s(schema.CONFIRM_AFTER_S)

    run_errands(scene)

    assert "dueAt" not in (scene.client.document("outbox", errand).get().to_dict() or {})
    assert state(scene, doubted) == "quarantined"
