import base64
import re
from typing import Any
from urllib.parse import quote

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target, new_fid, new_legacy_token
from fcm_emulator.tests.conftest import Reply, Sender


def call(
    sender: Sender, method: str, target: str, rest: str = "", body: bytes = b"{}", **headers: str
) -> Reply:
    encoded = quote(target, safe="")
    path = f"/v1/projects/{sender.project}/registrations/{encoded}/topicSubscriptions{rest}"
    own = {"Authorization": "Bearer owner", "Content-Type": "application/json", **headers}
    return sender.post(body, path=path, method=method, headers=own)


def topics(reply: Reply) -> list[str]:
    return [subscription["topicName"] for subscription in reply.json.get("topicSubscriptions", [])]


@pytest.mark.parametrize("spelling", ["topicName", "topic_name"])
def test_a_subscription_is_created_once(sender: Sender, phone: Target, spelling: str) -> None:
    created = call(sender, "POST", phone.value, f"?{spelling}=news")
    again = call(sender, "POST", phone.value, f"?{spelling}=news")

    assert created.http_status == 200
    name = f"projects/{sender.project}/registrations/{phone.value}/topicSubscriptions/news"
    assert set(created.json) == {"name", "topicName", "createTime"}
    assert (created.json["name"], created.json["topicName"]) == (name, "news")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", created.json["createTime"])
    assert (again.http_status, again.error["status"]) == (409, "ALREADY_EXISTS")
    assert call(sender, "GET", phone.value, "/news").json == created.json


@pytest.mark.parametrize("query", ["", "?allowMissing=false", "?allow_missing=false"])
def test_a_patch_or_delete_of_what_is_missing_is_not_found(
    sender: Sender, phone: Target, query: str
) -> None:
    for method in ("PATCH", "DELETE"):
        reply = call(sender, method, phone.value, f"/news{query}")

        assert (reply.http_status, reply.error["status"]) == (404, "NOT_FOUND")
        assert reply.fcm_code is None, "UNREGISTERED would cost the device"
    assert topics(call(sender, "GET", phone.value)) == []


@pytest.mark.parametrize("spelling", ["allowMissing", "allow_missing"])
def test_what_may_be_missing_is_created_and_deleted(
    sender: Sender, phone: Target, spelling: str
) -> None:
    query = f"/news?{spelling}=true"
    created = call(sender, "PATCH", phone.value, query)
    again = call(sender, "PATCH", phone.value, query)

    assert (created.http_status, created.json) == (200, again.json)
    assert call(sender, "PATCH", phone.value, "/news").json == created.json
    deleted = [call(sender, "DELETE", phone.value, query) for _ in range(2)]
    assert [(reply.http_status, reply.json) for reply in deleted] == [(200, {}), (200, {})]
    assert call(sender, "GET", phone.value, "/news").http_status == 404


def test_a_delete_ends_one_subscription(sender: Sender, phone: Target) -> None:
    for topic in ("a", "b"):
        call(sender, "POST", phone.value, f"?topicName={topic}")

    assert call(sender, "DELETE", phone.value, "/a").json == {}

    assert topics(call(sender, "GET", phone.value)) == ["b"]


@pytest.mark.parametrize(
    ("target", "http_status", "code"),
    [
        (new_fid().value, 404, "UNREGISTERED"),
        (new_legacy_token().value, 404, "UNREGISTERED"),
        ("tok:a/b", 400, "INVALID_ARGUMENT"),
        ("malformed", 400, "INVALID_ARGUMENT"),
    ],
)
@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("POST", "?topicName=t"),
        ("GET", ""),
        ("GET", "/t"),
        ("PATCH", "/t?allowMissing=true"),
        ("DELETE", "/t?allowMissing=true"),
    ],
)
def test_an_unknown_registration_is_an_error(
    sender: Sender, target: str, http_status: int, code: str, method: str, rest: str
) -> None:
    reply = call(sender, method, target, rest)

    assert (reply.http_status, reply.fcm_code) == (http_status, code)


def test_a_percent_encoded_registration_token_is_understood(
    sender: Sender, old_phone: Target
) -> None:
    assert ":" in old_phone.value
    assert call(sender, "POST", old_phone.value, "?topic_name=a%25b~c").http_status == 200

    assert topics(call(sender, "GET", old_phone.value)) == ["a%b~c"]
    assert call(sender, "GET", old_phone.value, "/a%25b~c").json["topicName"] == "a%b~c"


def test_a_topic_may_have_the_name_of_the_collection(sender: Sender, phone: Target) -> None:
    call(sender, "POST", phone.value, "?topicName=topicSubscriptions")

    found = call(sender, "GET", phone.value, "/topicSubscriptions")

    assert found.json["topicName"] == "topicSubscriptions"


def subscribe_to_many(sender: Sender, target: Target, count: int) -> list[str]:
    control = f"/emulator/v1/projects/{sender.project}/limits"
    sender.post(b'{"topicChangesPerSecond":null}', path=control, method="PATCH")
    names = [f"t{number:04}" for number in range(count)]
    for name in names:
        body = b'{"to":"/topics/%s","registration_tokens":["%s"]}'
        sender.post(body % (name.encode(), target.value.encode()), path="/iid/v1:batchAdd")
    return names


def test_a_device_has_two_thousand_topics_at_most_and_they_come_in_pages(
    sender: Sender, phone: Target
) -> None:
    names = subscribe_to_many(sender, phone, 2000)

    refused = call(sender, "POST", phone.value, "?topicName=one-too-many")
    patched = call(sender, "PATCH", phone.value, "/one-too-many?allowMissing=true")
    assert (refused.http_status, refused.error["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert patched.http_status == 429
    assert call(sender, "PATCH", phone.value, "/t0000?allowMissing=true").http_status == 200

    first = call(sender, "GET", phone.value)
    page = first.json["nextPageToken"]
    rest = call(sender, "GET", phone.value, f"?pageToken={page}")
    assert (topics(first), topics(rest)) == (names[:1000], names[1000:])
    assert "nextPageToken" not in rest.json
    assert topics(call(sender, "GET", phone.value, "?page_size=5000")) == names
    small = call(sender, "GET", phone.value, "?pageSize=3")
    page = small.json["nextPageToken"]
    assert topics(call(sender, "GET", phone.value, f"?page_size=2&page_token={page}")) == names[3:5]


@pytest.mark.parametrize(
    ("method", "rest", "field"),
    [
        ("POST", "", "topic_name"),
        ("POST", "?topicName=", "topic_name"),
        ("POST", "?topicName=%2Ftopics%2Fnews", "topic_name"),
        ("POST", f"?topicName={'x' * 901}", "topic_name"),
        ("PATCH", "/a%20b?allowMissing=true", "topic_name"),
        ("PATCH", "/a?allowMissing=perhaps", "allow_missing"),
        ("GET", "?pageSize=x", "page_size"),
        ("GET", "?pageSize=2147483648", "page_size"),
        ("GET", "?pageSize=-1", "page_size"),
        ("GET", "?pageToken=*", "page_token"),
        ("GET", f"?pageToken={base64.b64encode(b'/').decode()}", "page_token"),
        ("GET", "?pageToken=%C3%A4", "page_token"),
    ],
)
def test_a_wrong_parameter_is_named(
    sender: Sender, phone: Target, method: str, rest: str, field: str
) -> None:
    reply = call(sender, method, phone.value, rest)

    assert (reply.http_status, reply.error["status"]) == (400, "INVALID_ARGUMENT")
    assert reply.violated_fields == [field]


@pytest.mark.parametrize(
    ("method", "rest"),
    [("POST", "?topic=x"), ("GET", "?allowMissing=true"), ("DELETE", "/t?topicName=x")],
)
def test_a_parameter_of_another_method_cannot_be_bound(
    sender: Sender, phone: Target, method: str, rest: str
) -> None:
    reply = call(sender, method, phone.value, rest)

    assert reply.http_status == 400
    assert "Cannot bind query parameter" in reply.error["message"]


@pytest.mark.parametrize(
    ("body", "http_status"),
    [
        (b"", 200),
        (b'{"name": "x", "topic_name": "y", "createTime": "2026-01-01T00:00:00Z"}', 200),
        (b'{"topic": "y"}', 400),
        (b"[]", 400),
        (b"{", 400),
    ],
)
def test_the_body_is_a_topic_subscription(
    sender: Sender, phone: Target, body: bytes, http_status: int
) -> None:
    assert call(sender, "POST", phone.value, "?topicName=a", body).http_status == http_status
    patched = call(sender, "PATCH", phone.value, "/b?allowMissing=true", body)
    assert patched.http_status == http_status


def test_subscriptions_need_a_bearer(sender: Sender, phone: Target) -> None:
    reply = call(sender, "GET", phone.value, Authorization="")

    assert (reply.http_status, reply.error["status"]) == (401, "UNAUTHENTICATED")


def test_more_changes_a_second_than_the_limit_exceed_the_topic_quota(
    sender: Sender, phone: Target, fcm: EmulatorClient
) -> None:
    fcm.limit(topicChangesPerSecond=0)

    replies = [
        call(sender, "POST", phone.value, "?topicName=a"),
        call(sender, "PATCH", phone.value, "/a?allowMissing=true"),
        call(sender, "DELETE", phone.value, "/a"),
    ]

    assert {(reply.http_status, reply.fcm_code) for reply in replies} == {(429, "QUOTA_EXCEEDED")}
    assert topics(call(sender, "GET", phone.value)) == []


def test_a_device_that_is_unregistered_loses_its_topics(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.subscribe(phone, "news")
    fcm.unregister(phone)
    fcm.register_device(phone, "android")

    assert topics(call(sender, "GET", phone.value)) == []


def test_the_client_subscribes_and_unsubscribes(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    for _ in range(2):
        fcm.subscribe(phone, "a")
        fcm.subscribe(phone, "b%")
    before: Any = topics(call(sender, "GET", phone.value))
    for _ in range(2):
        fcm.unsubscribe(phone, "b%")

    assert (before, topics(call(sender, "GET", phone.value))) == (["a", "b%"], ["a"])
