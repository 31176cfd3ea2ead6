"""How often a caller may call the API, whichever instances it meets."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from firebell import database, http
from firebell.config import Settings
from firebell.core import permits, schema
from firebell.counters import Counters
from firebell.permits import Permits
from tests.integration.api import PATH, bearer, bearer_of, error
from tests.integration.proxy import Proxy
from tests.integration.scene import Scene

LIMIT = 40
BLOCK = permits.block_of(LIMIT)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FUTURE = 2**40
JSON = "application/json"
NO_BODY = b"{}"


@pytest.fixture
def instances(scene: Scene) -> list[FlaskClient]:
    """Give the API as two instances serve it; each keeps permits of its own."""
    scene.clock.now = NOON
    return [instance(scene), instance(scene)]


def instance(scene: Scene, limit: int = LIMIT) -> FlaskClient:
    own = dataclasses.replace(scene.services, permits=Permits(Counters(scene.client), limit))
    return http.create_app(own).test_client()


def call(api: FlaskClient, headers: Mapping[str, str]) -> int:
    """Call with a body that is refused only after the caller was let in."""
    return api.post(PATH, data=NO_BODY, headers=dict(headers), content_type=JSON).status_code


def calls(api: FlaskClient, headers: Mapping[str, str], count: int) -> Counter[int]:
    return Counter(call(api, headers) for _ in range(count))


def counted(scene: Scene) -> list[dict[str, object]]:
    found = scene.client.collection(schema.COUNTERS).stream()
    return [document.to_dict() or {} for document in found]


def test_two_instances_let_through_the_limit_and_no_call_more(
    scene: Scene, instances: list[FlaskClient]
) -> None:
    headers = bearer(scene, senderUntil=FUTURE)
    one, other = instances
    taken = Counter(call(api, headers) for _ in range(LIMIT) for api in (one, other))

    assert taken == {400: LIMIT, 429: LIMIT}


def test_what_idle_instances_leased_is_all_that_a_caller_can_miss(
    scene: Scene, instances: list[FlaskClient]
) -> None:
    headers = bearer(scene, senderUntil=FUTURE)
    one, other = instances

    assert call(other, headers) == 400
    assert calls(one, headers, LIMIT)[400] == LIMIT - BLOCK
    assert calls(other, headers, LIMIT)[400] == BLOCK - 1


def test_refused_caller_is_told_when_the_minute_is_over_and_may_then_call(
    scene: Scene, instances: list[FlaskClient]
) -> None:
    headers = bearer(scene, senderUntil=FUTURE)
    scene.clock.pass_s(12.5)
    calls(instances[0], headers, LIMIT)

    answer = instances[0].post(PATH, data=NO_BODY, headers=headers, content_type=JSON)
    scene.clock.pass_s(int(answer.headers["Retry-After"]))

    assert answer.status_code == 429
    assert error(answer) == {
        "code": "RESOURCE_EXHAUSTED",
        "message": "no more than 40 requests a minute; try again in 48 s",
        "field": None,
        "reason": None,
    }
    assert call(instances[0], headers) == 400


def test_callers_have_limits_of_their_own(scene: Scene, instances: list[FlaskClient]) -> None:
    calls(instances[0], bearer(scene, senderUntil=FUTURE), LIMIT + 1)

    assert call(instances[0], bearer_of("grace", scene, senderUntil=FUTURE)) == 400


def test_threads_of_an_instance_share_its_permits(scene: Scene) -> None:
    scene.clock.now = NOON
    shared = Permits(Counters(scene.client), LIMIT)
    app = http.create_app(dataclasses.replace(scene.services, permits=shared))
    headers = bearer(scene, senderUntil=FUTURE)

    with ThreadPoolExecutor(8) as pool:
        taken = Counter(
            pool.map(lambda _: call(app.test_client(), headers), range(LIMIT + BLOCK + 5))
        )

    assert taken == {400: LIMIT, 429: BLOCK + 5}
    assert [document["count"] for document in counted(scene)] == [LIMIT + BLOCK]


def test_block_is_one_write_and_names_the_user_it_counts(
    scene: Scene, instances: list[FlaskClient]
) -> None:
    headers = bearer(scene, senderUntil=FUTURE)
    calls(instances[0], headers, BLOCK)
    after_one_block = counted(scene)
    calls(instances[0], headers, 3 * LIMIT)

    end = datetime(2026, 11, 23, 12, 1, tzinfo=UTC)
    assert after_one_block == [{"count": BLOCK, "expireAt": end, "uid": "backend"}]
    assert [document["count"] for document in counted(scene)] == [LIMIT + BLOCK]


def test_who_may_not_call_is_limited_too(scene: Scene, instances: list[FlaskClient]) -> None:
    assert calls(instances[0], bearer(scene), LIMIT + 1) == {403: LIMIT, 429: 1}


def test_who_proves_nothing_is_not_counted(scene: Scene, instances: list[FlaskClient]) -> None:
    assert calls(instances[0], {}, LIMIT + 1) == {401: LIMIT + 1}
    assert counted(scene) == []


def test_no_limit_counts_nothing(scene: Scene) -> None:
    taken = calls(instance(scene, limit=0), bearer(scene, senderUntil=FUTURE), LIMIT + 1)

    assert taken == {400: LIMIT + 1}
    assert counted(scene) == []


@pytest.fixture
def proxy(addresses: Mapping[str, str]) -> Iterator[Proxy]:
    made = Proxy(addresses["FIRESTORE_EMULATOR_HOST"])
    yield made
    made.close()


def test_callers_are_let_in_while_nobody_can_count_them(
    scene: Scene, settings: Settings, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("FIRESTORE_EMULATOR_HOST", proxy.address)
        away = Counters(database.connect(settings))
    proxy.cut()
    permits = Permits(away, limit=1)

    for _ in range(3):
        permits.take("user:ada", uid="ada", now=NOON)

    assert counted(scene) == []
