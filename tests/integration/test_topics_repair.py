"""FCM cannot be told of topics, or things change while it is: in the end it agrees all the same."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from firebell import membership, outbox
from firebell import services as real_services
from firebell.config import Settings
from firebell.core import membership as core_membership
from firebell.core import schema
from firebell.core.deliveries import FcmReply
from firebell.core.membership import Wish
from firebell.errors import Unavailable
from firebell.topics import FcmTopics, NoTopics, Topics
from tests.integration.proxy import Proxy
from tests.integration.scene import Scene
from tests.integration.subscriptions import (
    at_fcm,
    errand_of,
    known,
    run_errand,
    subscribe,
    unregister,
    unsubscribe,
)


@pytest.fixture
def proxy(addresses: dict[str, str]) -> Iterator[Proxy]:
    made = Proxy(addresses["FCM_EMULATOR_HOST"])
    yield made
    made.close()


@pytest.fixture
def through(proxy: Proxy, scene: Scene, settings: Settings) -> Scene:
    """Give `scene` with functions whose FCM is behind the proxy."""
    built = real_services.build(dataclasses.replace(settings, fcm_emulator_host=proxy.address))
    services = dataclasses.replace(built, clock=scene.clock, chance=scene.services.chance)
    return dataclasses.replace(scene, services=services)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """Tells FCM who joins, and does something before the answers are known."""

    topics: Topics
    do: Callable[[], None]

    def tell(self, wishes: Sequence[Wish]) -> list[FcmReply]:
        """Tell FCM of *wishes*, then do."""
        replies = self.topics.tell(wishes)
        if any(wish.joins for wish in wishes):
            self.do()
        return replies


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """Does something when FCM is about to be told who leaves."""

    topics: Topics
    do: Callable[[], object]

    def tell(self, wishes: Sequence[Wish]) -> list[FcmReply]:
        """Do, then tell FCM of *wishes*."""
        if any(not wish.joins for wish in wishes):
            self.do()
        return self.topics.tell(wishes)


def test_calls_at_once_lose_no_topic(scene: Scene) -> None:
    phone = scene.device()
    names = [f"public-{number}" for number in range(6)]

    with ThreadPoolExecutor(6) as callers:
        list(callers.map(lambda name: subscribe(scene, name), names))
    if errand_of(scene):
        run_errand(scene)

    assert at_fcm(scene, phone.target) == set(names)
    assert (known(scene), errand_of(scene)) == ([set(names)], {})


def test_errand_left_again_in_the_same_instant_is_not_removed_by_who_saw_the_first(
    scene: Scene,
) -> None:
    scene.device()
    change = scene.services.memberships.change
    change("ada", partial(core_membership.join, name="public-a"), now=scene.clock.now)
    first = scene.services.outbox.read(core_membership.errand_id("ada"))
    assert first is not None
    change("ada", partial(core_membership.join, name="public-b"), now=scene.clock.now)

    scene.services.outbox.remove(first)
    run_errand(scene)

    assert known(scene) == [{"public-a", "public-b"}]


def test_fcm_down_leaves_an_errand_that_makes_good(through: Scene, proxy: Proxy) -> None:
    phone = through.device()
    proxy.cut()

    subscribe(through, "public-news")
    wanted = through.recipient()["topics"]
    run_errand(through)
    waits = errand_of(through)["dueAt"] - through.clock.now
    proxy.mend()
    run_errand(through)

    assert wanted == ["public-news"]
    assert waits.total_seconds() == 4 * schema.TOPICS_LEAD_S
    assert at_fcm(through, phone.target) == {"public-news"}
    assert errand_of(through) == {}


def test_topic_left_while_nobody_knows_whether_it_was_joined_is_left_at_fcm(
    through: Scene, proxy: Proxy
) -> None:
    phone = through.device()
    proxy.cut()
    subscribe(through, "public-news")
    through.emulator.subscribe(phone.target, "public-news")  # by the request without an answer

    unsubscribe(through, "public-news")
    proxy.mend()
    run_errand(through)

    assert at_fcm(through, phone.target) == set()


def test_topic_that_is_wanted_again_before_fcm_is_back_is_joined(
    through: Scene, proxy: Proxy
) -> None:
    phone = through.device()
    proxy.cut()
    for change in (subscribe, unsubscribe, subscribe):
        change(through, "public-news")
    proxy.mend()
    run_errand(through)

    assert at_fcm(through, phone.target) == {"public-news"}
    assert (known(through), errand_of(through)) == ([{"public-news"}], {})


def test_phone_whose_next_user_wants_a_topic_in_doubt_is_in_it(
    through: Scene, proxy: Proxy
) -> None:
    phone = through.device()
    proxy.cut()
    subscribe(through, "public-news")
    unsubscribe(through, "public-news")
    subscribe(through, "public-news", uid="grace")
    through.register(phone.target, phone.platform, uid="grace")
    proxy.mend()

    for uid in ("ada", "grace"):
        run_errand(through, uid)

    assert at_fcm(through, phone.target) == {"public-news"}
    assert known(through, "grace") == [{"public-news"}]


def test_phone_that_somebody_registers_while_fcm_takes_it_out_is_in_what_he_wants(
    scene: Scene,
) -> None:
    phone = scene.device()
    subscribe(scene, "public-news")
    subscribe(scene, "public-news", uid="grace")
    before = Before(
        topics=scene.services.topics,
        do=lambda: scene.register(phone.target, phone.platform, uid="grace"),
    )
    services = dataclasses.replace(scene.services, topics=before)

    unregister(dataclasses.replace(scene, services=services), phone)
    between = at_fcm(scene, phone.target)
    run_errand(scene, "grace")

    assert between == set()
    assert at_fcm(scene, phone.target) == {"public-news"}
    assert (errand_of(scene), errand_of(scene, "grace")) == ({}, {})


def test_fcm_over_its_quota_is_told_the_rest_later(scene: Scene) -> None:
    phones = [scene.device("ios") for _ in range(5)]
    scene.emulator.limit(topicChangesPerSecond=2)

    subscribe(scene, "public-news")
    first = known(scene).count({"public-news"})
    scene.emulator.limit(topicChangesPerSecond=None)
    run_errand(scene)

    assert first < 5
    assert [at_fcm(scene, phone.target) for phone in phones] == [{"public-news"}] * 5
    assert errand_of(scene) == {}


def test_device_that_changes_hands_while_fcm_is_down_leaves_them_later(
    through: Scene, proxy: Proxy
) -> None:
    phone = through.device()
    subscribe(through, "public-his")
    proxy.cut()

    through.register(phone.target, phone.platform, uid="grace")
    proxy.mend()
    run_errand(through, "grace")

    assert at_fcm(through, phone.target) == set()
    assert known(through, "grace") == [set()]


def test_unregistered_device_that_somebody_registers_before_fcm_is_back_is_his_alone(
    through: Scene, proxy: Proxy
) -> None:
    phone = through.device()
    for topic in ("public-his", "public-both"):
        subscribe(through, topic)
    proxy.cut()
    unregister(through, phone)
    subscribe(through, "public-both", uid="grace")
    through.register(phone.target, phone.platform, uid="grace")
    proxy.mend()

    for uid in ("grace", "ada", "grace"):
        run_errand(through, uid)

    assert at_fcm(through, phone.target) == {"public-both"}
    assert (errand_of(through), errand_of(through, "grace")) == ({}, {})


def test_device_that_left_while_fcm_was_told_does_not_stay_in_the_topic(scene: Scene) -> None:
    phone = scene.device()
    topics = scene.services.topics
    leaving = Then(topics=topics, do=lambda: unregister(scene, phone))
    services = dataclasses.replace(scene.services, topics=leaving)

    membership.subscribe(scene.uid, {"topic": "public-news"}, services)
    run_errand(scene)

    assert at_fcm(scene, phone.target) == set()
    assert errand_of(scene) == {}


def test_errand_that_nobody_can_do_is_kept_for_people_to_see(scene: Scene) -> None:
    scene.device("ios")
    scene.emulator.limit(topicChangesPerSecond=0)
    subscribe(scene, "public-news")
    id = core_membership.errand_id(scene.uid)
    last = {"tries": schema.MAX_TOPIC_TRIES - 1}
    scene.client.document("outbox", id).update(last)

    run_errand(scene)

    kept = errand_of(scene)
    assert "dueAt" not in kept
    assert kept["expireAt"] > scene.clock.now
    scene.emulator.limit(topicChangesPerSecond=None)
    subscribe(scene, "public-news")
    assert errand_of(scene) == {}


@pytest.mark.parametrize(
    "fields",
    [{}, {"uid": "ada", "leaving": {"x": {"target": {"kind": "fid", "value": "no"}}}}],
    ids=["no user", "no target"],
)
def test_errand_that_is_none_of_ours_is_set_aside(scene: Scene, fields: dict[str, object]) -> None:
    due = {"dueAt": scene.clock.now, "dueShard": 0}
    scene.outbox({"kind": "topics", **due, **fields}, id="poison")

    outbox.deliver_task({"kind": "outbox", "id": "poison"}, scene.services)

    kept = scene.client.document("outbox/poison").get().to_dict() or {}
    assert "dueAt" not in kept


@dataclasses.dataclass(slots=True)
class Expired:
    """Access whose first bearer has expired."""

    renewed: str | None

    def bearer(self) -> str:
        """Return none that anybody takes."""
        return ""

    def renew(self, refused: str) -> str:
        """Return the next one."""
        if self.renewed is None:
            raise Unavailable("Google's token service")
        return self.renewed


@pytest.mark.parametrize(("renewed", "joined"), [("owner", {"public-news"}), (None, set())])
def test_expired_access_is_renewed_once(
    scene: Scene, settings: Settings, renewed: str | None, joined: set[str]
) -> None:
    phone = scene.device()
    topics = FcmTopics(
        origin=f"http://{settings.fcm_emulator_host}",
        project_id=settings.project_id,
        access=Expired(renewed),
    )
    services = dataclasses.replace(scene.services, topics=topics)

    membership.subscribe(scene.uid, {"topic": "public-news"}, services)

    assert at_fcm(scene, phone.target) == joined
    assert (errand_of(scene) == {}) == bool(joined)


def test_functions_emulator_without_fcm_s_tells_nobody(scene: Scene) -> None:
    phone = scene.device()
    services = dataclasses.replace(scene.services, topics=NoTopics())

    membership.subscribe(scene.uid, {"topic": "public-news"}, services)

    assert at_fcm(scene, phone.target) == set()
    assert errand_of(scene)["tries"] == 1
