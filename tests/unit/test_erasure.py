"""What an erasure leaves: one errand for each user, a tombstone that remembers the first time."""

from datetime import UTC, datetime, timedelta

from firebell.core import erasure, holdings, schema, send_request
from firebell.core.holdings import HOLDINGS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_each_user_has_an_errand_of_their_own() -> None:
    assert erasure.errand_id("ada") == erasure.errand_id("ada")
    assert erasure.errand_id("ada") != erasure.errand_id("grace")
    assert schema.DOCUMENT_ID.match(erasure.errand_id("a b:é"))


def test_errand_says_whose_and_when_it_began() -> None:
    assert erasure.errand("ada", now=NOW) == {"kind": "erase", "uid": "ada", "beganAt": NOW}


def test_last_look_comes_when_every_function_that_ran_has_ended() -> None:
    assert erasure.errand_due_at(NOW) - NOW == timedelta(seconds=schema.LEASE_S)


def test_first_time_is_remembered_and_the_life_begins_anew() -> None:
    first = NOW - timedelta(days=20)
    expire_at = NOW + timedelta(days=30)

    assert erasure.remains(None, now=NOW) == {"erasedAt": NOW, "expireAt": expire_at}
    assert erasure.remains({"devices": {}}, now=NOW)["erasedAt"] == NOW
    assert erasure.remains({"erasedAt": first}, now=NOW) == {
        "erasedAt": first,
        "expireAt": expire_at,
    }


def test_requests_know_a_hash_of_their_caller_and_all_else_the_uid() -> None:
    said = {h.collection: holdings.value_of(h, "ada") for h in HOLDINGS if h.field}
    requests = said.pop(schema.REQUESTS)

    assert set(said.values()) == {"ada"}
    assert requests == send_request.caller_hash("user:ada")


def test_id_tells_what_cannot_be_an_errand() -> None:
    assert erasure.may_be_errand(erasure.errand_id("ada"))
    assert not erasure.may_be_errand("n1")
