"""Topics: what users want, what FCM may hold, what it is to be told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from firebell.core import membership, schema
from firebell.core.deliveries import Accepted, BadRequest, FcmReply, Gone, TryAgain
from firebell.core.membership import Departed, Errand, Wish
from firebell.core.model import Device, LegacyToken, Recipient
from firebell.errors import InvalidRequest
from tests.builders import NOW, a_device, a_fid, a_legacy_token, a_recipient


def ada(*devices: Device, topics: tuple[str, ...] = ()) -> Recipient:
    return replace(Recipient(uid="ada", devices={d.id: d for d in devices}), topics=topics)


def joins(number: int, topic: str) -> Wish:
    return Wish(target=a_fid(number), topic=topic, joins=True)


def leaves(number: int, topic: str) -> Wish:
    return Wish(target=a_fid(number), topic=topic, joins=False)


def test_topic_is_wanted_once() -> None:
    once = membership.join(ada(topics=("news",)), "alerts")

    assert once.topics == ("alerts", "news")
    assert membership.join(once, "news") == once


def test_hundred_and_first_topic_is_refused_and_the_hundredth_stays() -> None:
    full = ada(topics=tuple(sorted(f"t{n}" for n in range(schema.MAX_TOPICS))))

    with pytest.raises(InvalidRequest, match="topic: is one too many: a user has at most 100"):
        membership.join(full, "another")
    assert membership.join(full, "t7") == full


def test_topic_that_is_left_is_taken_from_devices_that_may_be_in_it_unknown_to_us() -> None:
    recipient = ada(a_device(1), a_device(2, topics=("news",)), topics=("news",))

    left = membership.leave(recipient, "news")

    assert left.topics == ()
    assert membership.owed(left.topics, left.devices.values()) == (
        leaves(1, "news"),
        leaves(2, "news"),
    )


def test_topic_that_is_wanted_again_is_joined_by_devices_that_may_not_be_in_it() -> None:
    recipient = ada(a_device(1), a_device(2, topics=("news",)), topics=("news",))

    again = membership.join(membership.leave(recipient, "news"), "news")

    assert again.topics == ("news",)
    assert membership.owed(again.topics, again.devices.values()) == (
        joins(1, "news"),
        joins(2, "news"),
    )


def test_topic_that_is_not_wanted_is_left_by_doing_nothing() -> None:
    recipient = ada(a_device(1, topics=("news",)), topics=("news",))

    assert membership.leave(recipient, "alerts") is recipient


def test_what_is_missing_is_joined_and_what_is_too_much_is_left() -> None:
    devices = (a_device(1, topics=("a", "b")), a_device(2), a_device(3, topics=("b", "c")))

    wishes = membership.owed(("b", "c"), devices)

    assert wishes == (leaves(1, "a"), joins(1, "c"), joins(2, "b"), joins(2, "c"))


@pytest.mark.parametrize("state", ["quarantined", "disabled"])
def test_device_that_is_set_aside_waits(state: Any) -> None:
    assert membership.owed(("a",), [a_device(1, state=state, topics=("b",))]) == ()


def test_device_that_leaves_may_be_in_all_that_its_user_wants() -> None:
    recipient = ada(topics=("a", "b"))

    departed = membership.departing(recipient, [a_device(1, topics=("b", "c")), a_device(2)])

    assert departed == (
        Departed(target=a_fid(1), topics=("a", "b", "c")),
        Departed(target=a_fid(2), topics=("a", "b")),
    )
    assert membership.departing(ada(), [a_device(1)]) == ()
    assert membership.farewells(departed[1:]) == (leaves(2, "a"), leaves(2, "b"))


def test_device_brings_the_topics_of_its_former_user_along_to_be_left() -> None:
    former = ada(a_device(1, topics=("a",)), topics=("a", "b", "c"))

    moved, departed = membership.moving(a_device(1), ("b",), [former])

    assert moved.topics == ("a", "c")
    assert departed == ()
    assert membership.owed(("b",), [moved]) == (leaves(1, "a"), joins(1, "b"), leaves(1, "c"))


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("is_wanted", [True, False])
def test_topic_that_the_next_user_wants_is_joined_anew(is_known: bool, is_wanted: bool) -> None:
    topics = ("a",)
    former = ada(a_device(1, topics=topics * is_known), topics=topics * is_wanted)

    moved, _ = membership.moving(a_device(1), topics, [former])

    assert membership.owed(topics, [moved]) == (joins(1, "a"),)


def test_other_target_of_the_installation_stays_behind() -> None:
    former = ada(a_device(1, target=a_legacy_token(1)), a_device(2), topics=("a",))

    moved, departed = membership.moving(a_device(1), (), [former])

    assert moved.topics == ()
    assert departed == (Departed(target=a_legacy_token(1), topics=("a",)),)


def test_owner_of_a_target_answers_for_topics_it_does_not_want() -> None:
    recipient = ada(a_device(1), a_device(2), topics=("b",))
    departed = Departed(target=a_fid(2), topics=("a", "b"))

    adopted = membership.adopt(recipient, departed)

    assert [device.topics for device in adopted.devices.values()] == [(), ("a",)]
    assert membership.holds(recipient, a_fid(2))
    assert not membership.holds(recipient, a_fid(3))


def test_owner_of_a_target_that_fcm_was_told_to_take_out_joins_anew() -> None:
    topics = ("b", "c")
    recipient = ada(a_device(1, topics=topics), a_device(2, topics=topics), topics=topics)
    departed = Departed(target=a_fid(2), topics=("a", "b"))

    doubted = membership.doubt(recipient, departed)

    assert doubted.topics == topics
    assert [device.topics for device in doubted.devices.values()] == [topics, ("a", "c")]


def test_what_fcm_did_is_noted_of_the_device_alone() -> None:
    recipient = ada(a_device(1, topics=("a",)), a_device(2, topics=("a",)), topics=("b",))

    noted, departed = membership.note(recipient, [leaves(1, "a"), joins(1, "b")])

    assert [device.topics for device in noted.devices.values()] == [("b",), ("a",)]
    assert departed == ()


def test_device_that_left_while_it_joined_is_told_to_leave() -> None:
    done = [joins(1, "b"), joins(1, "a"), leaves(2, "c")]

    noted, departed = membership.note(ada(), done)

    assert noted == ada()
    assert departed == (Departed(target=a_fid(1), topics=("a", "b")),)


@pytest.mark.parametrize(
    ("wish", "status", "outcome"),
    [
        (joins(1, "a"), 200, Accepted(message_name="")),
        (joins(1, "a"), 409, Accepted(message_name="")),
        (leaves(1, "a"), 200, Accepted(message_name="")),
        (joins(1, "a"), 503, TryAgain(code="HTTP_503")),
        (leaves(1, "a"), 0, TryAgain(code="NO_REPLY")),
    ],
)
def test_status_tells_what_became_of_a_wish(wish: Wish, status: int, outcome: object) -> None:
    assert membership.classify(wish, FcmReply(status=status)) == outcome


def test_code_tells_a_target_that_is_gone() -> None:
    body = (
        b'{"error":{"details":[{"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError",'
        b'"errorCode":"UNREGISTERED"}]}}'
    )
    refused = membership.classify(joins(1, "a"), FcmReply(status=400, body=b"{}"))

    assert isinstance(refused, BadRequest)
    assert membership.classify(leaves(1, "a"), FcmReply(status=404, body=body)) == Gone(
        code="UNREGISTERED"
    )


def test_errand_is_left_only_when_there_is_something_to_tell() -> None:
    settled = ada(a_device(1, topics=("a",)), topics=("a",))

    assert membership.errand(settled, settled.devices.values(), now=NOW) is None
    assert membership.errand(a_recipient(), (), now=NOW) is None


def test_errand_of_a_user_is_one_and_spread_over_the_shards() -> None:
    recipient = ada(a_device(1), topics=("a",))
    id, fields = membership.errand(recipient, recipient.devices.values(), now=NOW) or ("", {})

    assert id == membership.errand_id("ada")
    assert fields == {
        "kind": "topics",
        "uid": "ada",
        "tries": 0,
        "dueAt": NOW + timedelta(seconds=60),
        "dueShard": fields["dueShard"],
    }
    shards = {_shard(f"user {number}") for number in range(200)}
    assert shards == set(range(schema.DUE_SHARDS))


def _shard(uid: str) -> int:
    recipient = Recipient(uid=uid, devices={"d": a_device(1)}, topics=("a",))
    found = membership.errand(recipient, recipient.devices.values(), now=NOW)
    assert found is not None
    shard: int = found[1]["dueShard"]
    return shard


def test_errand_comes_back_as_it_was_left() -> None:
    departed = (
        Departed(target=a_fid(1), topics=("a", "b~%.")),
        Departed(target=a_fid(1), topics=("c",)),
        Departed(target=a_legacy_token(2), topics=("a",)),
    )
    _, fields = membership.errand(ada(), (), departed=departed, now=NOW) or ("", {})

    found = membership.parse_errand(fields)

    assert (found.uid, found.tries, set(found.departed)) == ("ada", 0, set(departed))
    assert membership.parse_errand({"uid": "ada", "tries": 3}) == Errand(uid="ada", tries=3)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "uid"),
        ({"uid": "ada", "tries": "x"}, "tries"),
        ({"uid": "ada", "leaving": []}, "leaving"),
        ({"uid": "ada", "leaving": {"x": 1}}, "leaving"),
        ({"uid": "ada", "leaving": {"x": {"topics": ["a"]}}}, "target"),
        ({"uid": "ada", "leaving": {"x": {"topics": ["../a"]}}}, "leaving.topics"),
        ({"uid": "ada", "leaving": {"x": {"topics": [1]}}}, "leaving.topics"),
    ],
)
def test_errand_that_is_none_of_ours_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        membership.parse_errand(fields)

    assert refused.value.field.split(".kind")[0] == named


def test_tries_become_rare_and_end_after_nine_days() -> None:
    waits = []
    for tries in range(schema.MAX_TOPIC_TRIES):
        due_at = membership.retry_at(NOW, tries=tries)
        assert due_at is not None
        waits.append((due_at - NOW).total_seconds())

    assert waits[:4] == [60, 120, 240, 480]
    assert max(waits) == waits[-1] == 3600
    assert 9 < sum(waits) / 86_400 < 10
    assert membership.retry_at(NOW, tries=schema.MAX_TOPIC_TRIES) is None


def test_target_is_of_two_kinds_in_an_errand() -> None:
    departed = Departed(target=a_legacy_token(1), topics=("a",))
    _, fields = membership.errand(ada(), (), departed=[departed], now=NOW) or ("", {})

    (entry,) = fields["leaving"].values()

    assert entry["target"]["kind"] == "legacyToken"
    assert isinstance(membership.parse_errand(fields).departed[0].target, LegacyToken)
