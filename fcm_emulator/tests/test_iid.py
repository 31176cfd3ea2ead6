import json
from collections.abc import Mapping
from typing import Any

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target, new_fid, new_legacy_token
from fcm_emulator.tests.conftest import Reply, Sender

HEADERS = {"Authorization": "Bearer owner", "access_token_auth": "true"}


def batch(
    sender: Sender,
    action: str,
    call: object,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    path = f"/iid/v1:batch{action}"
    return sender.post(json.dumps(call).encode(), path=path, headers=headers or HEADERS)


def topic_call(*targets: Target, topic: str = "/topics/news") -> dict[str, Any]:
    return {"to": topic, "registration_tokens": [target.value for target in targets]}


def info(sender: Sender, target: str, query: str = "") -> Reply:
    path = f"/iid/info/{target}{query}"
    return sender.post(b"", path=path, method="GET", headers=HEADERS)


def test_a_batch_answers_for_each_registration_in_order(
    sender: Sender, fcm: EmulatorClient, phone: Target, old_phone: Target
) -> None:
    call = topic_call(phone, new_legacy_token(), new_fid(), old_phone)
    call["registration_tokens"].append("malformed")

    added = batch(sender, "Add", call)

    assert added.http_status == 200
    missing, wrong = {"error": "NOT_FOUND"}, {"error": "INVALID_ARGUMENT"}
    assert added.json == {"results": [{}, missing, missing, {}, wrong]}
    sender.send({"topic": "news"})
    assert [received.target for received in fcm.messages()] == [phone, old_phone]


def test_a_batch_removes_and_does_not_mind_what_is_not_there(
    sender: Sender, fcm: EmulatorClient, phone: Target, old_phone: Target
) -> None:
    for _ in range(2):
        assert batch(sender, "Add", topic_call(phone)).json == {"results": [{}]}

    removed = batch(sender, "Remove", topic_call(phone, old_phone))

    assert removed.json == {"results": [{}, {}]}
    sender.send({"topic": "news"})
    assert fcm.messages() == []


@pytest.mark.parametrize(("count", "http_status"), [(0, 400), (1, 200), (1000, 200), (1001, 400)])
def test_a_batch_has_a_thousand_registrations_at_most(
    sender: Sender, phone: Target, count: int, http_status: int
) -> None:
    assert batch(sender, "Add", topic_call(*[phone] * count)).http_status == http_status


@pytest.mark.parametrize(
    "call",
    [
        {"to": "news", "registration_tokens": ["x"]},
        {"to": "/topics/a b", "registration_tokens": ["x"]},
        {"to": "/topics/news"},
        {"registration_tokens": ["x"]},
        {"to": "/topics/news", "registration_tokens": [1]},
        [],
    ],
)
def test_a_wrong_call_as_a_whole_is_answered_with_a_code_alone(
    sender: Sender, call: object
) -> None:
    reply = batch(sender, "Add", call)

    assert (reply.http_status, reply.json) == (400, {"error": "INVALID_ARGUMENT"})


def test_a_call_without_bearer_is_unauthenticated(sender: Sender, phone: Target) -> None:
    nobody = {"access_token_auth": "true"}
    reply = batch(sender, "Add", topic_call(phone), nobody)
    asked = sender.post(b"", path=f"/iid/info/{phone.value}", method="GET", headers=nobody)

    assert (reply.http_status, reply.json) == (401, {"error": "UNAUTHENTICATED"})
    assert (asked.http_status, asked.json) == (401, {"error": "UNAUTHENTICATED"})


def test_a_registration_over_a_limit_has_an_error_of_its_own(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.limit(topicChangesPerSecond=1)

    reply = batch(sender, "Add", topic_call(phone, phone))

    assert reply.json == {"results": [{}, {"error": "RESOURCE_EXHAUSTED"}]}


def test_too_many_topics_are_too_many(sender: Sender, fcm: EmulatorClient, phone: Target) -> None:
    fcm.limit(topicChangesPerSecond=None)
    for number in range(2000):
        batch(sender, "Add", topic_call(phone, topic=f"/topics/t{number}"))

    reply = batch(sender, "Add", topic_call(phone))

    assert reply.json == {"results": [{"error": "TOO_MANY_TOPICS"}]}


@pytest.mark.parametrize(
    ("platform", "shown"), [("android", "ANDROID"), ("ios", "IOS"), ("web", "CHROME")]
)
def test_info_tells_what_a_registration_is(
    sender: Sender, fcm: EmulatorClient, platform: Any, shown: str
) -> None:
    target = new_legacy_token()
    fcm.register_device(target, platform)
    fcm.subscribe(target, "news")

    brief = info(sender, target.value).json
    full = info(sender, target.value, "?details=true").json

    assert brief["platform"] == shown
    assert len(brief["authorizedEntity"]) == 12
    assert set(full) - set(brief) == {"rel"}
    (date,) = full["rel"]["topics"]["news"].values()
    assert len(date) == len("2026-11-23")


@pytest.mark.parametrize(
    ("target", "http_status", "problem"),
    [
        (new_legacy_token().value, 404, "No information found about this instance id."),
        ("malformed", 400, "InvalidToken"),
    ],
)
def test_info_about_an_unknown_registration_is_an_error(
    sender: Sender, target: str, http_status: int, problem: str
) -> None:
    reply = info(sender, target)

    assert (reply.http_status, reply.json) == (http_status, {"error": problem})
