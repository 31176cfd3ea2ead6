"""Firestore is out of reach: before the claim, in the middle, or its answers are lost."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from firebell import services as real_services
from firebell.config import Settings
from firebell.core import schema
from firebell.errors import Unavailable
from firebell.reference import RUNTIME_LIFE
from tests.integration.proxy import Proxy
from tests.integration.scene import TEXT, Scene, complete
from tests.integration.senders import ThenDo, with_sender
from tests.integration.trays import accepted, phones_of_each_platform, texts_on_screen

LIMIT_S = 30


@pytest.fixture
def proxy(addresses: dict[str, str]) -> Iterator[Proxy]:
    made = Proxy(addresses["FIRESTORE_EMULATOR_HOST"])
    yield made
    made.close()


@pytest.fixture
def through(
    proxy: Proxy, scene: Scene, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Scene:
    """Give `scene` with functions whose Firestore is behind the proxy; its own is not."""
    with monkeypatch.context() as patched:
        patched.setenv("FIRESTORE_EMULATOR_HOST", proxy.address)
        built = real_services.build(settings)
    services = dataclasses.replace(built, clock=scene.clock, chance=scene.services.chance)
    return dataclasses.replace(scene, services=services)


def after_sending(scene: Scene, then: Callable[[], None]) -> tuple[Scene, threading.Event]:
    """Return *scene* that does *then* once it has sent, and what tells that this is done.

    That FCM has the message tells too little: its answers may still be on their way.
    """
    done = threading.Event()

    def then_tell() -> None:
        then()
        done.set()

    return with_sender(scene, ThenDo(sender=scene.services.fcm, then=then_tell)), done


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_outage_before_a_claim_and_one_before_recording_lose_nothing(
    through: Scene, scene: Scene, proxy: Proxy
) -> None:
    phones = phones_of_each_platform(scene)
    sent, unclaimed = scene.inbox(complete(), id="n1"), scene.inbox(complete(), id="n2")
    cutting, is_cut = after_sending(through, proxy.cut)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(cutting.event, sent)
        assert is_cut.wait(LIMIT_S)
        second = pool.submit(through.event, unclaimed)
        errors = [first.exception(LIMIT_S), second.exception(LIMIT_S)]
    during = [scene.record("n1"), scene.record("n2")]
    for snapshot in (sent, unclaimed):
        scene.event(snapshot)
    leased = scene.record("n1")
    scene.clock.pass_s(schema.LEASE_S + 1)
    scene.again("n1")

    assert [type(error) for error in errors] == [Unavailable, Unavailable]
    assert (during[0]["state"], during[0]["devices"], during[1]) == ("claimed", {}, {})
    assert leased == during[0]
    assert [scene.record(id)["state"] for id in ("n1", "n2")] == ["done", "done"]
    assert [accepted(scene, phone) for phone in phones] == [3] * 3
    assert [texts_on_screen(scene, phone) for phone in phones] == [[TEXT, TEXT]] * 3


def test_short_outage_between_sending_and_recording_is_waited_out(
    through: Scene, scene: Scene, proxy: Proxy
) -> None:
    phone = scene.device()
    snapshot = scene.inbox(complete())
    cutting, is_cut = after_sending(through, proxy.cut)

    with ThreadPoolExecutor() as pool:
        done = pool.submit(cutting.event, snapshot)
        assert is_cut.wait(LIMIT_S)
        proxy.mend()
        done.result(LIMIT_S)

    assert (scene.record()["state"], scene.record()["attempt"]) == ("done", 1)
    assert accepted(scene, phone) == 1


def test_claim_whose_answer_is_lost_is_delivered_once_its_lease_ended(
    through: Scene, scene: Scene, proxy: Proxy
) -> None:
    phone = scene.device()
    through.services.store.read_delivery("warm")
    snapshot = scene.inbox(complete())

    with ThreadPoolExecutor() as pool:
        proxy.hold_answers()
        done = pool.submit(through.event, snapshot)
        wait_until(scene.record)
        proxy.mend()
        done.result(LIMIT_S)
    before = accepted(scene, phone)
    scene.clock.pass_s(schema.LEASE_S + 1)
    record = through.again()

    assert before == 0
    assert (record["state"], record["attempt"]) == ("done", 2)
    assert accepted(scene, phone) == 1


def test_recording_whose_answer_is_lost_stands(through: Scene, scene: Scene, proxy: Proxy) -> None:
    phone = scene.device()
    snapshot = scene.inbox(complete())
    holding, _ = after_sending(through, proxy.hold_answers)

    with ThreadPoolExecutor() as pool:
        done = pool.submit(holding.event, snapshot)
        wait_until(lambda: scene.record().get("state") == "done")
        proxy.mend()
        done.result(LIMIT_S)

    assert (scene.record()["state"], scene.record()["attempt"]) == ("done", 1)
    assert accepted(scene, phone) == 1


def test_stop_switch_stays_in_force_while_it_cannot_be_read(
    through: Scene, scene: Scene, proxy: Proxy
) -> None:
    scene.client.document("config/runtime").set({"sendingPaused": True})
    reference = through.services.reference
    read = reference.runtime(scene.clock.now)

    proxy.cut()
    later = scene.clock.now + RUNTIME_LIFE + timedelta(seconds=1)
    kept = reference.runtime(later)
    proxy.mend()
    scene.client.document("config/runtime").set({"sendingPaused": False})
    wait_until(lambda: not reference.runtime(later).sending_paused)

    assert (read.sending_paused, kept.sending_paused) == (True, True)


def test_stop_switch_that_was_never_read_is_not_taken_for_off(
    through: Scene, scene: Scene, proxy: Proxy
) -> None:
    proxy.cut()

    with pytest.raises(Unavailable):
        through.services.reference.runtime(scene.clock.now)
