"""A user is erased: everything goes but the tombstone, nobody else loses anything."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from firebell import erasing, outbox
from firebell.core import erasure, schema
from firebell.core.holdings import LISTED, SINGLE
from firebell.errors import Conflict, NotAllowed, NotFound
from tests.integration import holdings
from tests.integration.holdings import as_user, contents, everything, fill
from tests.integration.scene import Scene, complete, stored


def erase(scene: Scene, *, auth: bool = False) -> bool:
    return erasing.erase(scene.uid, auth=auth, services=scene.services)


def look_again(scene: Scene) -> None:
    """Let the errand's time come, and do what its task asks."""
    scene.clock.pass_s(schema.ERASE_AGAIN_AFTER_S)
    task = {"kind": "outbox", "id": erasure.errand_id(scene.uid)}
    outbox.deliver_task(task, scene.services)


def paths(scene: Scene) -> set[str]:
    return set(everything(scene.client))


REMAINS = {f"{schema.TOMBSTONES}/ada", f"{schema.RECIPIENTS}/ada"}


def test_user_is_gone_but_for_the_tombstone_and_nobody_else_is_touched(scene: Scene) -> None:
    grace = as_user(scene, "grace")
    fill(grace)
    others = contents(scene.client)
    phones = fill(scene)
    others["config/runtime"] = contents(scene.client)["config/runtime"]
    held = {h.name for h in SINGLE if scene.services.holdings.single(h, "ada")}
    held |= {h.name for h in LISTED if scene.services.holdings.page(h, "ada")}

    is_over = erase(scene)
    look_again(scene)

    assert held == {h.name for h in (*SINGLE, *LISTED)} - {"tombstone"}
    assert is_over
    left = contents(scene.client)
    remains = {path: left.pop(path)[0] for path in REMAINS}
    assert left == others
    erased = {"erasedAt": scene.clock.now - timedelta(seconds=schema.ERASE_AGAIN_AFTER_S)}
    erased["expireAt"] = erased["erasedAt"] + timedelta(days=30)
    assert remains == {
        f"{schema.TOMBSTONES}/ada": {**erased, "state": "erased"},
        f"{schema.RECIPIENTS}/ada": erased,
    }
    said = repr(left)
    assert [secret for secret in holdings.hashes(phones) if secret in said] == []
    assert holdings.text_of(scene) not in said
    assert "'ada'" not in said


def test_nothing_is_sent_to_an_erased_user(scene: Scene) -> None:
    (phone, *_) = fill(scene)
    sent = len(scene.emulator.messages(phone.target))

    erase(scene)
    record = scene.deliver(complete(), id="later")
    outbox.accept(stored(scene.outbox({"uid": "ada", "body": "x"}, id="o2")), scene.services)

    assert (record["state"], record["reason"]) == ("dropped", "erased")
    assert scene.record("o2")["reason"] == "erased"
    assert not scene.inbox_reference("o2").get().exists
    assert len(scene.emulator.messages(phone.target)) == sent


def test_scheduled_notification_of_an_erased_user_is_never_sent(scene: Scene) -> None:
    phone = scene.device()
    scheduled = scene.outbox({"uid": "ada", "body": "x", "sendAt": scene.clock.now}, id="later")

    erase(scene)
    outbox.deliver_task({"kind": "outbox", "id": scheduled.id}, scene.services)

    assert scene.emulator.messages(phone.target) == []
    assert scene.record("later") == {}


def test_erased_user_registers_nothing_until_the_tombstone_is_lifted(scene: Scene) -> None:
    phone = scene.device()
    erase(scene)

    with pytest.raises(NotAllowed, match="user_erased"):
        scene.register(phone.target, phone.platform)
    with pytest.raises(Conflict):
        scene.services.tombstones.lift("ada")
    look_again(scene)
    scene.services.tombstones.lift("ada")
    scene.register(phone.target, phone.platform)

    assert set(scene.recipient()["devices"]) == {phone.id}
    assert scene.deliver(complete())["state"] == "done"
    with pytest.raises(NotFound):
        scene.services.tombstones.lift("ada")


def test_user_who_came_back_is_not_erased_by_what_is_left_of_the_erasure(scene: Scene) -> None:
    scene.device()
    erase(scene)
    errand = stored(scene.client.document("outbox", erasure.errand_id("ada")).get())
    look_again(scene)
    scene.services.tombstones.lift("ada")
    phone = scene.device()

    erasing.finish(errand, scene.services)

    assert set(scene.recipient()["devices"]) == {phone.id}
    assert scene.owners() == ["ada", "ada"]


def test_device_of_an_erased_user_becomes_the_next_ones(scene: Scene) -> None:
    phone = scene.device()
    scene.services.tombstones.begin("ada", auth=False, now=scene.clock.now)

    scene.register(phone.target, phone.platform, uid="grace")
    erase(scene)

    assert set(scene.owners()) == {"grace"}
    assert set(scene.recipient()) == {"erasedAt", "expireAt"}
    assert scene.deliver(complete(), uid="grace")["state"] == "done"


def test_user_nobody_knows_is_erased_and_refused_from_then_on(scene: Scene) -> None:
    assert erase(scene)

    look_again(scene)
    assert paths(scene) == REMAINS
    with pytest.raises(NotAllowed, match="user_erased"):
        scene.device()


def test_erasing_again_keeps_the_first_time_and_erases_what_came_since(scene: Scene) -> None:
    erase(scene)
    first = scene.recipient()["erasedAt"]
    scene.clock.pass_s(60)
    scene.deliver(complete())

    erase(scene)
    look_again(scene)

    assert paths(scene) == REMAINS
    assert scene.recipient()["erasedAt"] == first


def test_more_than_a_page_is_erased(scene: Scene) -> None:
    batch = scene.client.batch()
    for number in range(700):
        batch.set(scene.inbox_reference(f"n{number}"), {"body": "x"})
    batch.commit()

    assert erase(scene)

    assert {path for path in paths(scene) if "/user-notifications/" in path} == set()


def test_what_time_does_not_suffice_for_is_left_to_the_errand(scene: Scene) -> None:
    batch = scene.client.batch()
    for number in range(700):
        batch.set(scene.inbox_reference(f"n{number}"), {"body": "x"})
    batch.commit()
    hurried = dataclasses.replace(scene, services=_slow(scene))

    over = erase(hurried)
    tombstone = scene.services.tombstones.read("ada")
    outbox.deliver_task({"kind": "outbox", "id": erasure.errand_id("ada")}, scene.services)
    then = paths(scene)
    look_again(scene)

    assert not over
    assert tombstone is not None
    assert tombstone.data["state"] == "erasing"
    assert then == REMAINS | {f"outbox/{erasure.errand_id('ada')}"}
    assert paths(scene) == REMAINS


def _slow(scene: Scene) -> Any:
    """Return services on which every look at the clock takes half of an erasure's time."""

    def clock() -> Any:
        scene.clock.pass_s(erasing.BUDGET.total_seconds() / 2)
        return scene.clock.now

    return dataclasses.replace(scene.services, clock=clock)


def test_sweep_finds_an_erasure_that_nobody_finished(scene: Scene) -> None:
    fill(scene)
    scene.services.tombstones.begin("ada", auth=False, now=scene.clock.now)
    scene.clock.pass_s(schema.ERASE_AGAIN_AFTER_S)

    due = [id for id, _ in scene.services.store.due(schema.OUTBOX, scene.clock.now)]
    outbox.deliver_task({"kind": "outbox", "id": erasure.errand_id("ada")}, scene.services)

    assert erasure.errand_id("ada") in due
    assert paths(scene) == REMAINS | {"config/runtime"}
