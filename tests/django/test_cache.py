from collections.abc import Callable
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.core.cache import caches
from testproject.service_account import key_of

from django_firebell.conf import MAX_CACHE_SECONDS
from django_firebell.errors import Misconfigured
from django_firebell.tokens import custom_token

NOW = 1_800_000_000


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def user() -> User:
    return User(pk=7, username="alice", password="md5$one")


@pytest.fixture
def ask(user: User, clock: Any) -> Callable[[int], dict[str, str | int]]:
    """Ask for the user's custom token so many seconds after the start."""

    def ask(after_s: int) -> dict[str, str | int]:
        clock.move_to(NOW + after_s, tick=False)
        return custom_token(user).as_json()

    return ask


def sender_until(answer: dict[str, Any]) -> int | None:
    read = jwt.decode(answer["firebase_token"], options={"verify_signature": False})
    until: int | None = read.get("claims", {}).get("senderUntil")
    return until


def test_kept_custom_token_is_handed_out_with_its_remaining_life(configure: Any, ask: Any) -> None:
    first, last = ask(0), ask(1799)

    assert first["expires_in"] == 3600
    assert last == {"firebase_token": first["firebase_token"], "expires_in": 3600 - 1799}


def test_after_the_cache_time_a_new_one_is_minted(configure: Any, ask: Any) -> None:
    first, second = ask(0), ask(1800)

    assert second["firebase_token"] != first["firebase_token"]
    assert second["expires_in"] == 3600


def test_cache_time_of_zero_mints_every_time_and_keeps_nothing(configure: Any, ask: Any) -> None:
    configure(CACHE_SECONDS=0)
    first = ask(0)

    assert ask(1)["firebase_token"] != first["firebase_token"]
    assert kept_entries("default") == []


def test_longest_cache_time_leaves_ten_minutes(configure: Any, ask: Any) -> None:
    configure(CACHE_SECONDS=MAX_CACHE_SECONDS)
    first, last = ask(0), ask(MAX_CACHE_SECONDS - 1)

    assert last["firebase_token"] == first["firebase_token"]
    assert last["expires_in"] > 600


@pytest.mark.parametrize("seconds", [3001, 3600, -1, 1.5, True, "60"])
def test_cache_time_out_of_range_is_refused_at_use(configure: Any, ask: Any, seconds: Any) -> None:
    configure(CACHE_SECONDS=seconds)

    with pytest.raises(Misconfigured, match="CACHE_SECONDS"):
        ask(0)


def test_shortened_cache_time_holds_for_what_is_kept_already(configure: Any, ask: Any) -> None:
    first = ask(0)
    configure(CACHE_SECONDS=60)

    assert ask(59)["firebase_token"] == first["firebase_token"]
    assert ask(60)["firebase_token"] != first["firebase_token"]


def test_clock_that_went_backwards_mints_anew(configure: Any, ask: Any) -> None:
    ask(0)

    assert ask(-10)["expires_in"] == 3600


def test_new_password_makes_a_new_one(configure: Any, ask: Any, user: User) -> None:
    first = ask(0)
    user.password = "md5$two"

    assert ask(1)["firebase_token"] != first["firebase_token"]


def test_new_claims_make_a_new_one(configure: Any, ask: Any) -> None:
    configure(CLAIMS={"plan": "free"})
    first = ask(0)
    configure(CLAIMS={"plan": "pro"})

    assert ask(1)["firebase_token"] != first["firebase_token"]


def test_order_of_claims_does_not_matter(configure: Any, ask: Any) -> None:
    configure(CLAIMS={"a": 1, "b": 2})
    first = ask(0)
    configure(CLAIMS={"b": 2, "a": 1})

    assert ask(1)["firebase_token"] == first["firebase_token"]


def test_each_user_has_their_own(configure: Any, ask: Any, user: User) -> None:
    first = ask(0)
    user.pk = 8

    assert ask(1)["firebase_token"] != first["firebase_token"]


def test_kept_custom_token_keeps_its_sender_until(configure: Any, ask: Any) -> None:
    configure(SENDERS=["alice"])
    first, second = ask(0), ask(1799)

    assert second["firebase_token"] == first["firebase_token"]
    assert sender_until(second) == NOW + 43_200


def test_who_ceases_to_be_a_sender_loses_the_kept_one(configure: Any, ask: Any) -> None:
    configure(SENDERS=["alice"])
    ask(0)
    configure(SENDERS=[])

    assert sender_until(ask(1)) is None


def test_who_becomes_a_sender_need_not_wait(configure: Any, ask: Any) -> None:
    ask(0)
    configure(SENDERS=["alice"])

    assert sender_until(ask(1)) == NOW + 1 + 43_200


def test_shortened_sender_time_holds_for_what_is_kept_already(configure: Any, ask: Any) -> None:
    configure(SENDERS=["alice"])
    ask(0)
    configure(SENDERS=["alice"], SENDER_SECONDS=600)

    assert sender_until(ask(1)) == NOW + 601


def test_sender_always_has_half_of_the_time_left(configure: Any, ask: Any) -> None:
    configure(SENDERS=["alice"], SENDER_SECONDS=600)

    assert sender_until(ask(0)) == NOW + 600
    assert sender_until(ask(300)) == NOW + 600
    assert sender_until(ask(301)) == NOW + 301 + 600


def test_replaced_key_takes_effect_at_once(configure: Any, ask: Any) -> None:
    first = ask(0)
    configure(CREDENTIALS=key_of(rsa.generate_private_key(public_exponent=65537, key_size=2048)))

    assert ask(0)["firebase_token"] != first["firebase_token"]


def test_unsigned_custom_token_does_not_outlive_the_emulator(
    configure: Any, ask: Any, emulated: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    emulated("127.0.0.1:9099")
    unsigned = ask(0)
    monkeypatch.delenv("FIREBASE_AUTH_EMULATOR_HOST")

    signed = ask(1)

    assert jwt.get_unverified_header(unsigned["firebase_token"])["alg"] == "none"
    assert jwt.get_unverified_header(signed["firebase_token"])["alg"] == "RS256"


def test_cache_is_the_one_named(configure: Any, ask: Any) -> None:
    configure(CACHE_ALIAS="other")
    ask(0)

    assert kept_entries("default") == []
    assert len(kept_entries("other")) == 1


def test_cache_key_suits_every_backend_and_tells_nothing(
    configure: Any, ask: Any, user: User
) -> None:
    configure(UID=lambda user: "ä b\t" + "x" * 120)
    ask(0)

    [entry] = kept_entries("default")

    assert len(entry) < 100
    assert entry.isascii()
    assert entry.isprintable()
    assert user.password not in entry


def kept_entries(alias: str) -> list[str]:
    cache: Any = caches[alias]
    return list(cache._cache)
