"""A user is erased: everything goes but the tombstone, nobody else loses anything."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from google.cloud.firestore_v1 import Client, WriteBatch

from firebell import erasing, outbox
from firebell.config import Settings
from firebell.core import erasure, membership, schema
from firebell.core.holdings import LISTED, SINGLE
from firebell.errors import Conflict, NotAllowed, NotFound
from firebell.holdings_store import HoldingsStore
from tests.integration import holdings
from tests.integration.holdings import TOPIC, as_user, contents, everything, fill
from tests.integration.scene import Scene, complete, stored
from tests.integration.subscriptions import at_fcm, errand_of, subscribe


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
    graces = fill(grace)
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
    assert [at_fcm(scene, phone.target) for phone in phones] == [set()] * 3
    assert {frozenset(at_fcm(scene, phone.target)) for phone in graces} == {frozenset({TOPIC})}
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

    assert (record, scene.record("o2")) == ({}, {})
    assert not scene.inbox_reference("later").get().exists
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
    remains = set(scene.recipient())
    erase(scene)

    assert remains == {"erasedAt", "expireAt"}
    assert set(scene.owners()) == {"grace"}
    assert scene.deliver(complete(), uid="grace")["state"] == "done"


def test_target_that_moves_on_in_the_middle_stays_the_next_ones(
    scene: Scene, settings: Settings
) -> None:
    phone = scene.device()
    other = scene.device("ios")
    scene.services.tombstones.begin("ada", auth=False, now=scene.clock.now)

    class Between(Client):
        """A client whose user loses a phone between reading its targets and deleting them."""

        def batch(self) -> WriteBatch:
            if "grace" not in scene.owners():
                scene.register(phone.target, phone.platform, uid="grace")
            return super().batch()

    store = HoldingsStore(Between(project=settings.project_id))
    (targets,) = [holding for holding in LISTED if holding.collection == schema.TARGETS]
    cleared = [store.clear(targets, "ada") for _ in range(2)]

    assert cleared == [False, True]
    assert set(scene.owners()) == {"grace"}
    assert set(scene.recipient("grace")["devices"]) == {phone.id}
    assert other.id != phone.id


def test_what_is_asked_for_meanwhile_is_not_forgotten(scene: Scene) -> None:
    tombstones = scene.services.tombstones
    tombstones.begin("ada", auth=False, now=scene.clock.now)
    before = tombstones.read("ada")
    assert before is not None

    tombstones.begin("ada", auth=True, now=scene.clock.now)
    finished = tombstones.finish(before)

    after = tombstones.read("ada")
    assert after is not None
    assert not finished
    assert (after.data["state"], after.data["auth"]) == ("erasing", True)


def test_erasure_waits_until_fcm_has_taken_the_devices_out_of_their_topics(scene: Scene) -> None:
    phone = scene.device("ios")
    subscribe(scene, TOPIC)
    scene.emulator.limit(topicChangesPerSecond=0)

    over = erase(scene)
    waiting = at_fcm(scene, phone.target), paths(scene) - REMAINS
    scene.emulator.limit(topicChangesPerSecond=100)
    look_again(scene)

    assert not over
    assert waiting[0] == {TOPIC}
    assert {path.partition("-")[0] for path in waiting[1]} == {"outbox/erase", "outbox/topics"}
    assert at_fcm(scene, phone.target) == set()
    assert paths(scene) == REMAINS


def test_targets_that_fcm_would_not_hear_of_are_not_kept_for_ever(scene: Scene) -> None:
    scene.device("ios")
    subscribe(scene, TOPIC)
    scene.emulator.limit(topicChangesPerSecond=0)
    erase(scene)
    errand = scene.client.document("outbox", membership.errand_id("ada"))

    errand.update({"tries": schema.MAX_TOPIC_TRIES})
    look_again(scene)
    set_aside = errand_of(scene)
    look_again(scene)

    assert "dueAt" not in set_aside
    assert paths(scene) == REMAINS


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
