"""Google's public keys: fetched seldom, kept as long as they are fresh, missed without blame."""

import dataclasses
import threading
from collections.abc import Iterator

import pytest

from firebell import http, keys
from firebell.config import Settings
from firebell.errors import Misconfigured, Unavailable
from firebell.identity import Identity, ServiceTokens, SignedUserTokens, connect
from firebell.keys import Keys
from tests.integration import issuer
from tests.integration.api import PATH, error
from tests.integration.issuer import Issuer, user_claims
from tests.integration.scene import Scene
from tools import servers

KEY, NEXT = issuer.new_key("key-1"), issuer.new_key("key-2")


class Seconds:
    """A clock that counts seconds when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def google() -> Iterator[Issuer]:
    with issuer.serve(Issuer(KEY)) as served:
        yield served


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def fetched(google: Issuer, seconds: Seconds) -> Keys:
    return Keys(f"http://{google.host}{keys.USER_KEYS}", clock=seconds)


@pytest.mark.parametrize(
    ("cache_control", "life_s"),
    [
        ("public, max-age=19008, must-revalidate, no-transform", 19_008),
        (None, 3_600),
        ("no-store", 3_600),
        ("max-age=soon", 3_600),
        ("max-age=0", 60),
        ("max-age=999999999", 86_400),
    ],
)
def test_keys_are_fetched_once_in_the_life_that_their_answer_gives_them(
    google: Issuer, seconds: Seconds, fetched: Keys, cache_control: str | None, life_s: int
) -> None:
    google.cache_control = cache_control
    asked = []
    for at in (0, 1, life_s - 1, life_s, life_s + 1):
        seconds.now = at
        assert set(fetched.certificates()) == {KEY.id}
        asked.append(len(google.asked))

    assert asked == [1, 1, 1, 2, 2]


def test_key_that_google_took_away_counts_no_longer_when_the_keys_are_fetched_again(
    google: Issuer, seconds: Seconds, fetched: Keys
) -> None:
    fetched.certificates()
    google.key = NEXT
    seconds.now = 3_600

    assert set(fetched.certificates()) == {NEXT.id}


def test_many_threads_fetch_once(google: Issuer, fetched: Keys) -> None:
    threads = [threading.Thread(target=fetched.certificates) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(google.asked) == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, None), (404, None), (200, b"<html>"), (200, b"{}"), (200, b"[]"), (200, b"\xff")],
    ids=["500", "404", "no JSON", "no keys", "a list", "bytes"],
)
def test_failed_fetch_is_tried_again_after_a_pause(
    google: Issuer, seconds: Seconds, fetched: Keys, status: int, body: bytes | None
) -> None:
    google.status, google.body = status, body
    for at in (0, 1, 4):
        seconds.now = at
        with pytest.raises(Unavailable):
            fetched.certificates()
    assert len(google.asked) == 1

    google.status, google.body = 200, None
    seconds.now = keys.PAUSE_S

    assert set(fetched.certificates()) == {KEY.id}


def test_failed_fetch_leaves_the_keys_that_are_there_for_an_hour(
    google: Issuer, seconds: Seconds, fetched: Keys
) -> None:
    fetched.certificates()
    google.status = 500
    for at in (3_600, 3_601, 3_605, 7_199):
        seconds.now = at
        assert set(fetched.certificates()) == {KEY.id}
    assert len(google.asked) == 4

    seconds.now = 3_600 + keys.GRACE_S
    with pytest.raises(Unavailable):
        fetched.certificates()

    google.status, google.key = 200, NEXT
    seconds.now += keys.PAUSE_S
    assert set(fetched.certificates()) == {NEXT.id}


def test_who_cannot_be_verified_now_is_asked_to_come_again(scene: Scene) -> None:
    nowhere = Keys("http://127.0.0.1:9/certs")
    users = SignedUserTokens(project_id=servers.PROJECT, keys=nowhere)
    proves = Identity(users, ServiceTokens(accounts=(), audiences=(), keys=nowhere))
    api = http.create_app(dataclasses.replace(scene.services, identity=proves)).test_client()
    header = {"Authorization": f"Bearer {KEY.sign(user_claims(servers.PROJECT))}"}

    answer = api.post(PATH, json={}, headers=header)

    assert (answer.status_code, error(answer)["code"]) == (503, "UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("name", ["FIREBASE_AUTH_EMULATOR_HOST", "GOOGLE_CERTS_EMULATOR_HOST"])
def test_deployment_that_names_an_emulator_of_identities_serves_nobody(name: str) -> None:
    deployed = Settings(project_id="shop-prod", identity_emulators={name: "127.0.0.1:9099"})

    with pytest.raises(Misconfigured) as refused:
        connect(deployed)

    assert refused.value.setting == name
