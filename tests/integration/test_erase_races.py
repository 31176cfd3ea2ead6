"""What runs while a user is erased leaves nothing; an erasure that dies anywhere is finished."""

import contextlib
import dataclasses
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests

from fcm_emulator.targets import new_fid
from firebell import erasing, outbox
from firebell.core import erasure, lifecycle, schema
from firebell.core.holdings import HOLDINGS
from firebell.errors import NotAllowed, Unavailable
from tests.integration.doors import CALL_LIMIT_S, DIED, DOOMED, Doors
from tests.integration.holdings import everything, fill, hashes, text_of
from tests.integration.identity import sign_in
from tests.integration.scene import Scene, complete, stored
from tests.integration.senders import ThenDo, with_sender
from tests.integration.subscriptions import at_fcm

DELETED = [holding.collection for holding in HOLDINGS if holding.fate == "deleted"]


def erase(scene: Scene) -> bool:
    return erasing.erase(scene.uid, auth=False, services=scene.services)


def look_again(scene: Scene) -> None:
    scene.clock.pass_s(schema.ERASE_AGAIN_AFTER_S)
    task = {"kind": "outbox", "id": erasure.errand_id(scene.uid)}
    outbox.deliver_task(task, scene.services)


def held(scene: Scene) -> set[str]:
    """Return where the uid, or a path with it, is found, but for what tells of the erasure."""
    uid = scene.uid
    mine = {f"{schema.TOMBSTONES}/{uid}", f"{schema.RECIPIENTS}/{uid}"}
    return {
        path
        for path, snapshot in everything(scene.client).items()
        if path not in mine and (uid in path.split("/") or uid in repr(snapshot.to_dict()))
    }


def test_delivery_in_flight_sends_what_it_had_begun_and_leaves_nothing(scene: Scene) -> None:
    phone = scene.device()
    snapshot = scene.inbox(complete())
    sender = ThenDo(sender=scene.services.fcm, then=lambda: erase(scene))

    with_sender(scene, sender).event(snapshot)
    look_again(scene)

    assert len(scene.emulator.messages(phone.target)) == 1
    assert held(scene) == set()


def test_device_that_is_doubted_while_its_user_is_erased_leaves_nothing(scene: Scene) -> None:
    phone = scene.device("ios")
    scene.emulator.fault("INVALID_ARGUMENT", target=phone.target, times=1)
    snapshot = scene.inbox(complete())
    sender = ThenDo(sender=scene.services.fcm, then=lambda: erase(scene))

    with_sender(scene, sender).event(snapshot)
    left = held(scene)
    look_again(scene)

    assert {path.partition("-")[0] for path in left} >= {"outbox/confirm"}
    assert held(scene) == set()


def test_outbox_document_in_flight_leaves_nothing(scene: Scene) -> None:
    scene.device()
    document = stored(scene.outbox({"uid": "ada", "body": "x"}))
    store = scene.services.store
    claim = store.claim_from_outbox

    class Late(type(store)):  # type: ignore[misc] # a class that mypy cannot know
        """The real store; the user is erased between its reading and its writing."""

        def claim_from_outbox(self, *args: Any) -> Any:
            erase(scene)
            return claim(*args)

    late = object.__new__(Late)
    late.__dict__.update(store.__dict__)
    outbox.accept(document, dataclasses.replace(scene.services, store=late))
    left = held(scene)
    look_again(scene)

    assert "app-notifications/ada/user-notifications/n1" in left
    assert held(scene) == set()


def test_event_that_comes_after_the_erasure_leaves_nothing(scene: Scene) -> None:
    scene.device()
    snapshot = scene.inbox(complete())
    later = stored(scene.outbox({"uid": "ada", "body": "x"}, id="o1"))
    before, after = scene.settings({"locale": "de"})

    erase(scene)
    scene.event(snapshot)
    outbox.accept(later, scene.services)
    scene.settings_event(before, after)
    look_again(scene)

    assert held(scene) == set()
    assert set(scene.recipient()) == {"erasedAt", "expireAt"}


def test_event_that_comes_after_the_last_look_leaves_nothing(scene: Scene) -> None:
    phone = scene.device()
    snapshot = scene.inbox(complete())
    later = stored(scene.outbox({"uid": "ada", "body": "x"}, id="o1"))
    erase(scene)
    look_again(scene)

    scene.event(snapshot)
    outbox.accept(later, scene.services)
    scene.deliver(complete(), id="n2")
    send_at = scene.clock.now + timedelta(days=60)
    scheduled = scene.outbox({"uid": "ada", "body": "x", "sendAt": send_at}, id="o2")
    outbox.accept(stored(scheduled), scene.services)
    scene.settings_event(*scene.settings({"locale": "de"}))
    scene.settings_event(*scene.settings({"locale": "fr"}))

    assert held(scene) == set()
    assert scene.emulator.messages(phone.target) == []


def test_delivery_that_another_run_took_over_is_that_runs_to_forget(scene: Scene) -> None:
    erase(scene)
    scene.inbox(complete())
    claim = lifecycle.claim("ada", "n1", source="inbox", now=scene.clock.now)
    version = scene.services.store.claim(claim)
    assert version is not None
    scene.services.store.update_delivery(dataclasses.replace(claim, attempt=2), version)

    scene.services.store.forget_inbox(claim, version)

    assert scene.record() != {}
    assert scene.inbox_reference().get().exists


def together(*work: Callable[[], object]) -> Sequence[object]:
    """Do all at once; return what each returned, or the refusal it met."""

    def done(task: Callable[[], object]) -> object:
        while True:
            with contextlib.suppress(Unavailable):  # so busy a recipient asks to try again
                try:
                    return task()
                except NotAllowed as refusal:
                    return refusal

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(done, work))


@pytest.mark.parametrize("attempt", range(5))
def test_registration_at_the_same_moment_is_refused_or_erased(scene: Scene, attempt: int) -> None:
    scene.device()
    targets = [new_fid() for _ in range(3)]

    together(
        *(lambda target=target: scene.register(target, "ios") for target in targets),
        lambda: erase(scene),
    )
    look_again(scene)

    assert held(scene) == set()
    assert scene.owners() == []
    assert set(scene.recipient()) == {"erasedAt", "expireAt"}


@pytest.mark.parametrize("attempt", range(3))
def test_two_erasures_at_once_are_one(scene: Scene, attempt: int) -> None:
    fill(scene)

    answers = together(lambda: erase(scene), lambda: erase(scene))
    look_again(scene)

    assert answers == [True, True]
    assert held(scene) == set()


def erase_by_http(deployed: Scene, doors: Doors, *, instance: int = 0) -> int:
    id_token = sign_in(deployed.uid, project=doors.project)
    deployed.secrets.append(id_token)
    url = f"{doors.url('api', instance=instance)}v1/users/{deployed.uid}"
    headers = {"Authorization": f"Bearer {id_token}"}
    try:
        return requests.delete(url, headers=headers, timeout=CALL_LIMIT_S).status_code
    except requests.ConnectionError:
        doors.end("api", instance=instance)
        return DIED


POINTS = [
    "before:tombstones.begin",
    "after:tombstones.begin",
    *(f"after:holdings.clear({name})" for name in DELETED),
    "after:topics.tell",
    "before:tombstones.finish",
    "after:tombstones.finish",
]


@pytest.mark.parametrize("failpoint", POINTS)
def test_killed_erasure_is_finished_by_a_repeated_call(
    deployed: Scene, doors: Doors, failpoint: str
) -> None:
    phones = fill(deployed)
    doors.kill_at(failpoint)

    statuses = [erase_by_http(deployed, doors, instance=DOOMED) for _ in range(2)]

    assert statuses == [DIED, 200]
    errand = f"outbox/{erasure.errand_id(deployed.uid)}"
    assert held(deployed) - {errand} == set()
    said = repr([snapshot.to_dict() for snapshot in everything(deployed.client).values()])
    assert [secret for secret in (*hashes(phones), text_of(deployed)) if secret in said] == []
    assert [at_fcm(deployed, phone.target) for phone in phones] == [set()] * len(phones)


@pytest.mark.parametrize("failpoint", ["after:tombstones.begin", "after:holdings.clear(targets)"])
def test_killed_erasure_is_finished_by_its_errand(
    deployed: Scene, doors: Doors, failpoint: str
) -> None:
    fill(deployed)
    doors.kill_at(failpoint)
    status = erase_by_http(deployed, doors, instance=DOOMED)
    errand = deployed.client.document("outbox", erasure.errand_id(deployed.uid))
    past = (errand.get().to_dict() or {})["beganAt"] - erasing.BUDGET * 5
    errand.update({"dueAt": past, "beganAt": past})

    doors.kill_at("after:holdings.clear(deliveries)")
    statuses = [doors.task("outbox", errand.id, instance=DOOMED) for _ in range(2)]

    assert (status, statuses) == (DIED, [DIED, 200])
    assert held(deployed) == set()
    tombstone = deployed.client.document(schema.TOMBSTONES, deployed.uid).get().to_dict() or {}
    assert tombstone["state"] == "erased"
