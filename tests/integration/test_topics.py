"""Users join and leave topics with all their devices; FCM agrees, at once or later."""

import dataclasses

import pytest

from fcm_emulator.targets import Target, new_legacy_token
from firebell import pruning
from firebell.core import schema
from firebell.errors import InvalidRequest, NotAllowed
from tests.integration.scene import TEXT, Phone, Scene
from tests.integration.subscriptions import (
    at_fcm,
    errand_of,
    known,
    run_errand,
    subscribe,
    unregister,
    unsubscribe,
)


def texts(scene: Scene, topic: str, *phones: Phone) -> list[int]:
    """Send to *topic* through FCM itself; return how many messages each of *phones* got."""
    message = {"topic": topic, "notification": {"body": TEXT}}
    scene.emulator.call("POST", "/messages:send", {"message": message}, api="/v1")
    return [len(scene.emulator.messages(phone.target)) for phone in phones]


def test_all_devices_of_the_user_and_nobody_elses_get_what_is_sent_to_the_topic(
    scene: Scene,
) -> None:
    own = [scene.device("android"), scene.device("ios"), scene.device("web")]
    stranger = scene.device(uid="grace")

    subscribe(scene, "public-news")

    assert texts(scene, "public-news", *own, stranger) == [1, 1, 1, 0]
    assert scene.recipient()["topics"] == ["public-news"]
    assert known(scene) == [{"public-news"}] * 3
    assert errand_of(scene) == {}

    unsubscribe(scene, "public-news")

    assert texts(scene, "public-news", *own) == [1, 1, 1]
    assert (scene.recipient()["topics"], known(scene)) == ([], [set()] * 3)


def test_twenty_devices_join_and_leave(scene: Scene) -> None:
    phones = [scene.device("ios") for _ in range(schema.MAX_DEVICES)]

    subscribe(scene, "public-news")
    joined = [at_fcm(scene, phone.target) for phone in phones]
    unsubscribe(scene, "public-news")

    assert joined == [{"public-news"}] * 20
    assert [at_fcm(scene, phone.target) for phone in phones] == [set()] * 20
    assert errand_of(scene) == {}


def test_user_without_devices_joins_and_the_device_that_comes_later_is_in(scene: Scene) -> None:
    subscribe(scene, "public-news")
    subscribe(scene, "public-alerts")
    assert errand_of(scene) == {}

    phone = scene.device("android")

    assert at_fcm(scene, phone.target) == {"public-news", "public-alerts"}
    assert scene.recipient()["partition"] in range(schema.PARTITIONS)


@pytest.mark.parametrize("name", ["public-%2F..%2f", "public-~.", "public-100%"])
def test_odd_names_arrive_as_they_are(scene: Scene, name: str) -> None:
    phone = scene.device()

    subscribe(scene, name)
    joined = at_fcm(scene, phone.target)
    unsubscribe(scene, name)

    assert (joined, at_fcm(scene, phone.target)) == ({name}, set())


def test_closed_topic_is_refused_and_one_that_was_open_can_be_left(scene: Scene) -> None:
    phone = scene.device()
    subscribe(scene, "public-news")
    closed = dataclasses.replace(scene.services, client_topics=frozenset({"staff"}))
    scene = dataclasses.replace(scene, services=closed)

    with pytest.raises(NotAllowed, match="topic_closed"):
        subscribe(scene, "public-news")
    unsubscribe(scene, "public-news")

    assert at_fcm(scene, phone.target) == set()


def test_erased_user_joins_nothing(scene: Scene) -> None:
    scene.client.document("recipients/ada").set({"erasedAt": scene.clock.now})

    for act in (subscribe, unsubscribe):
        with pytest.raises(NotAllowed, match="user_erased"):
            act(scene, "public-news")

    assert set(scene.recipient()) == {"erasedAt"}


def test_hundred_and_first_topic_is_refused(scene: Scene) -> None:
    topics = sorted(f"public-{number}" for number in range(schema.MAX_TOPICS))
    scene.client.document("recipients/ada").set({"devices": {}, "topics": topics})

    with pytest.raises(InvalidRequest, match="at most 100"):
        subscribe(scene, "public-news")

    assert scene.recipient()["topics"] == topics


def test_device_that_changes_hands_leaves_the_former_users_topics_at_once(scene: Scene) -> None:
    subscribe(scene, "public-both", uid="grace")
    subscribe(scene, "public-hers", uid="grace")
    phone = scene.device()
    for topic in ("public-his", "public-both"):
        subscribe(scene, topic)

    scene.register(phone.target, phone.platform, uid="grace")

    assert at_fcm(scene, phone.target) == {"public-both", "public-hers"}
    assert (errand_of(scene), errand_of(scene, "grace")) == ({}, {})
    assert scene.recipient()["topics"] == ["public-both", "public-his"]


def test_unregistered_device_leaves_at_once(scene: Scene) -> None:
    phone, kept = scene.device(), scene.device("ios")
    subscribe(scene, "public-news")

    unregister(scene, phone)

    assert (at_fcm(scene, phone.target), at_fcm(scene, kept.target)) == (set(), {"public-news"})
    assert errand_of(scene) == {}


def test_new_target_of_an_installation_joins_and_the_old_one_leaves(scene: Scene) -> None:
    legacy = new_legacy_token()
    fid = Target(kind="fid", value=legacy.value.partition(":")[0])
    for target in (legacy, fid):
        scene.emulator.register_device(target, "android")
    scene.register(legacy, "android")
    subscribe(scene, "public-news")

    scene.register(fid, "android")

    assert (at_fcm(scene, legacy), at_fcm(scene, fid)) == (set(), {"public-news"})


def test_evicted_and_pruned_devices_leave(scene: Scene) -> None:
    first = scene.device("ios")
    subscribe(scene, "public-news")
    for _ in range(schema.MAX_DEVICES):
        scene.clock.pass_s(1)
        last = scene.device("ios")
    evicted = at_fcm(scene, first.target)
    scene.clock.pass_s(271 * 86_400)
    pruning.prune(scene.services)
    run_errand(scene)

    assert (evicted, at_fcm(scene, last.target)) == (set(), set())


def test_device_that_fcm_no_longer_knows_is_removed_and_owes_nothing(scene: Scene) -> None:
    gone, kept = scene.device("ios"), scene.device("ios")
    scene.emulator.unregister(gone.target)

    subscribe(scene, "public-news")

    assert set(scene.recipient()["devices"]) == {kept.id}
    assert at_fcm(scene, kept.target) == {"public-news"}
    assert errand_of(scene) == {}


def test_device_with_a_target_that_fcm_refuses_is_set_aside_until_it_registers_again(
    scene: Scene,
) -> None:
    refused = scene.register(Target(kind="legacyToken", value="y" * 40), "android")

    subscribe(scene, "public-news")

    assert scene.recipient()["devices"][refused.id]["state"] == "quarantined"
    assert (errand_of(scene), known(scene)) == ({}, [set()])
