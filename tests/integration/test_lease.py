"""A function was killed in the middle: its lease, who takes over, and when it ends."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

from firebell import delivery
from firebell.core import lifecycle, schema
from tests.integration.scene import TEXT, Phone, Scene, complete, stored


def killed(scene: Scene, *, cut_off: int = 0) -> Phone:
    """Leave a delivery as a function that was killed after claiming it leaves it."""
    phone = scene.device()
    scene.inbox(complete())
    claim = lifecycle.claim(scene.uid, "n1", source="inbox", now=scene.clock.now)
    scene.services.store.claim(claim)
    scene.delivery_reference().update({"cutOff": cut_off})
    return phone


def test_live_lease_is_respected(scene: Scene) -> None:
    phone = killed(scene)

    scene.clock.pass_s(schema.LEASE_S - 1)
    record = scene.again()

    assert (record["state"], record["attempt"]) == ("claimed", 1)
    assert scene.shown(phone) == []


def test_expired_lease_is_taken_over_by_one_of_two(scene: Scene) -> None:
    phones = [killed(scene)] + [scene.device() for _ in range(4)]

    scene.clock.pass_s(schema.LEASE_S + 1)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: scene.again(), range(2)))

    assert (scene.record()["state"], scene.record()["attempt"]) == ("done", 2)
    assert [scene.shown(phone) for phone in phones] == [[TEXT]] * 5


def test_repeated_event_takes_over_an_expired_lease(scene: Scene) -> None:
    phone = killed(scene)

    scene.clock.pass_s(schema.LEASE_S + 1)
    scene.event(scene.inbox_reference().get())

    assert scene.record()["state"] == "done"
    assert scene.shown(phone) == [TEXT]


def test_slow_run_that_lost_its_lease_sends_and_writes_nothing(scene: Scene) -> None:
    phone = scene.device()
    snapshot = scene.inbox(complete())
    claim = lifecycle.claim(scene.uid, "n1", source="inbox", now=scene.clock.now)
    version = scene.services.store.claim(claim)
    assert version is not None
    scene.clock.pass_s(schema.LEASE_S + 1)
    taken = scene.again()

    slow = delivery.Claimed(delivery=claim, version=version)
    delivery.attempt(slow, stored(snapshot), scene.services)

    assert scene.record() == taken
    assert len(scene.emulator.messages(phone.target)) == 1


def test_run_whose_time_is_up_while_it_waits_leaves_the_rest_to_a_task(scene: Scene) -> None:
    phone = scene.device()
    scene.emulator.fault("UNAVAILABLE", target=phone.target, times=1)
    slow = dataclasses.replace(
        scene.services, pause=lambda _: scene.clock.pass_s(schema.SEND_WITHIN_S)
    )

    delivery.deliver_inbox(scene.uid, stored(scene.inbox(complete())), slow)

    assert (scene.record()["state"], scene.shown(phone)) == ("waiting", [])


def test_document_that_kills_its_function_is_given_up(scene: Scene) -> None:
    phone = killed(scene, cut_off=schema.MAX_CUT_OFF)

    scene.clock.pass_s(schema.LEASE_S + 1)
    record = scene.again()

    assert (record["state"], record["reason"]) == ("gaveUp", "gave_up")
    assert "dueAt" not in record
    assert scene.shown(phone) == []


def test_push_does_not_outlive_its_ttl(scene: Scene) -> None:
    phone = scene.device()
    scene.inbox(complete(ttlSeconds=30))
    claim = lifecycle.claim(scene.uid, "n1", source="inbox", now=scene.clock.now)
    scene.services.store.claim(claim)

    scene.clock.pass_s(schema.LEASE_S + 1)
    record = scene.again()

    assert (record["state"], record["reason"]) == ("gaveUp", "gave_up")
    assert scene.shown(phone) == []
