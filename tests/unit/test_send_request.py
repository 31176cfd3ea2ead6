"""`send_request`: what `POST /v1/notifications` asks for, and what does not fit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from firebell.core import schema, send_request
from firebell.core.model import AcceptedRequest
from firebell.core.send_request import SendRequest
from firebell.errors import InvalidRequest
from tests.builders import NOW, a_template, case_id, some_content

A = {"body": "Hi"}
PARAMS = {"order": 7, "table": "4", "price": 1.5, "paid": False}


def read(notification: Any = None, **body: Any) -> SendRequest:
    said = {"body": "Hi"} if notification is None else notification
    to = {} if body.keys() & {"uids", "recipients"} else {"uid": "ada"}
    return send_request.read({**to, "notification": said, **body}, now=NOW)


def documents(request: SendRequest) -> list[dict[str, Any]]:
    return [send_request.document(request, item) for item in request.items]


def refused(notification: Any = None, **body: Any) -> str:
    with pytest.raises(InvalidRequest) as caught:
        read(notification, **body)
    return caught.value.field


def test_document_says_what_was_sent_with_times_as_times() -> None:
    sent = some_content(expireAt="2026-03-01T10:30:00+01:00")

    (document,) = documents(read(sent))

    assert document == some_content(expireAt=NOW + timedelta(minutes=30), uid="ada", inbox=True)
    assert sent["expireAt"] == "2026-03-01T10:30:00+01:00"


def test_each_of_many_users_gets_a_document() -> None:
    request = read({"body": "Hi"}, uids=["ada", "bob"])

    assert documents(request) == [
        {"uid": "ada", "inbox": True, "body": "Hi"},
        {"uid": "bob", "inbox": True, "body": "Hi"},
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"uid": "ada", "uids": None, "recipients": None},
        {"uid": None, "uids": ["ada"], "recipients": None},
        {"uid": None, "uids": None, "recipients": [{"uid": "ada"}]},
    ],
    ids=case_id,
)
def test_null_names_nobody(body: dict[str, Any]) -> None:
    request = send_request.read({**body, "notification": A}, now=NOW)

    assert [item.uid for item in request.items] == ["ada"]


def test_recipients_params_stand_over_the_shared_ones() -> None:
    shared = {"template": "order", "params": {"order": 1, "table": "4"}}
    recipients = [
        {"uid": "ada", "params": {"order": 7}},
        {"uid": "bob"},
        {"uid": "cy", "params": None},
    ]

    params = [document["params"] for document in documents(read(shared, recipients=recipients))]

    assert params == [
        {"order": 7, "table": "4"},
        {"order": 1, "table": "4"},
        {"order": 1, "table": "4"},
    ]


def test_recipient_may_have_params_where_nobody_shares_any() -> None:
    recipients = [{"uid": "ada", "params": {"order": 7}}]

    (document,) = documents(read({"template": "order"}, recipients=recipients))

    assert document["params"] == {"order": 7}


def test_trial_for_later_and_past_the_inbox_says_so() -> None:
    request = read(
        {"data": {"a": "b"}}, inbox=False, validateOnly=True, sendAt="2026-03-01T10:00:00z"
    )

    assert documents(request) == [
        {
            "uid": "ada",
            "inbox": False,
            "validateOnly": True,
            "sendAt": NOW + timedelta(hours=1),
            "data": {"a": "b"},
        }
    ]


def test_send_at_may_have_passed_and_may_be_a_year_ahead() -> None:
    ahead = (NOW + timedelta(seconds=schema.MAX_SEND_AHEAD_S)).isoformat()

    assert read(sendAt="0001-01-01T00:00:00Z").send_at is not None
    assert read(sendAt=ahead).send_at == NOW + timedelta(days=366)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "document"),
        ({"notification": {"body": "Hi"}}, "uid"),
        ({"uid": "ada"}, "notification"),
        ({"uid": "ada", "notification": "Hi"}, "notification"),
        ({"uid": "ada", "notification": {"body": "Hi"}, "to": True}, "to"),
        ({"uid": "ada", "uids": ["bob"], "notification": {"body": "Hi"}}, "uids"),
        ({"uids": ["ada"], "recipients": [{"uid": "ada"}], "notification": A}, "recipients"),
    ],
    ids=case_id,
)
def test_wrong_part_of_a_request_is_named(body: Any, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        send_request.read(
            {**body, "notification": {"body": "Hi"}} if field == "recipients" else body, now=NOW
        )

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": 5}, "notification.title"),
        ({"title": None, "body": None, "localizations": None}, "notification.body"),
        ({"message": {"body": "Hi"}}, "notification.message"),
        ({"message": {"body": 5}, "title": None, "body": None}, "notification.message.body"),
        ({"data": {"from": "x"}}, "notification.data.from"),
        ({"data": {"k": 12}}, "notification.data.k"),
        ({"actions": [{}]}, "notification.actions[0].id"),
        ({"collapseKey": "x" * 65}, "notification.collapseKey"),
        ({"sendAt": "2026-03-01T10:30:00Z"}, "notification.sendAt"),
        ({"readAt": None}, "notification.readAt"),
        ({"\ud800": 1}, "notification.\\ud800"),
        ({"expireAt": 1772358600}, "notification.expireAt"),
        ({"expireAt": "tomorrow"}, "notification.expireAt"),
        ({"expireAt": "\ud800"}, "notification.expireAt"),
        ({"expireAt": "2026-03-01T10:30:00"}, "notification.expireAt"),
        ({"expireAt": "20260301T103000Z"}, "notification.expireAt"),
        ({"expireAt": "2026-02-30T10:30:00Z"}, "notification.expireAt"),
        ({"expireAt": "0001-01-01T00:00:00+23:00"}, "notification.expireAt"),
        ({"expireAt": "9999-12-31T23:59:59-23:00"}, "notification.expireAt"),
        ({"expireAt": "9999-12-31T23:59:59.9Z"}, "notification.expireAt"),
        ({"body": "x" * schema.MAX_NOTIFICATION_BYTES}, "notification"),
    ],
    ids=case_id,
)
def test_wrong_field_of_a_notification_is_named(changes: dict[str, Any], field: str) -> None:
    assert refused(some_content(expireAt=None) | changes) == field


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"uid": 5}, "uid"),
        ({"uid": None, "uids": None, "recipients": None}, "uid"),
        ({"uids": None}, "uid"),
        ({"uids": []}, "uids"),
        ({"uids": "ada"}, "uids"),
        ({"uids": [str(number) for number in range(501)]}, "uids"),
        ({"uids": ["ada", 5]}, "uids[1]"),
        ({"uids": ["ada", "bob", "ada"]}, "uids[2]"),
        ({"recipients": []}, "recipients"),
        ({"recipients": ["ada"]}, "recipients[0]"),
        ({"recipients": [{"uid": "ada"}, {"uid": "a/b"}]}, "recipients[1].uid"),
        ({"recipients": [{"uid": "ada", "name": "Ada"}]}, "recipients[0].name"),
        ({"recipients": [{"uid": "ada"}, {"uid": "ada"}]}, "recipients[1]"),
        ({"recipients": [{"uid": "ada", "params": {"a": 1}}]}, "recipients[0].params"),
        ({"sendAt": "2026-03-01"}, "sendAt"),
        ({"sendAt": "2027-03-03T00:00:00Z"}, "sendAt"),
        ({"inbox": "no"}, "inbox"),
        ({"validateOnly": 1}, "validateOnly"),
    ],
    ids=case_id,
)
def test_wrong_address_or_wish_is_named(body: dict[str, Any], field: str) -> None:
    assert refused(**body) == field


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"a b": 1}, "recipients[0].params.a b"),
        ({"a": [1]}, "recipients[0].params.a"),
        ({"a": "\ud800"}, "recipients[0].params.a"),
        ([], "recipients[0].params"),
        ({"a": "x" * schema.MAX_PARAMS_BYTES}, "recipients[0].params"),
    ],
    ids=case_id,
)
def test_wrong_parameter_of_a_recipient_is_named(params: Any, field: str) -> None:
    assert refused({"template": "order"}, recipients=[{"uid": "ada", "params": params}]) == field


def test_duplicate_is_told_where_it_stood_first() -> None:
    with pytest.raises(InvalidRequest, match=r"uids\[2\]: names the same user as uids\[0\]"):
        read(uids=["ada", "bob", "ada"])


def test_template_that_completes_everybody_is_deliverable() -> None:
    recipients = [{"uid": "ada", "params": PARAMS}, {"uid": "bob", "params": {"order": 8}}]
    request = read({"template": "order", "params": PARAMS}, recipients=recipients)

    send_request.require_deliverable(request, a_template())


@pytest.mark.parametrize(
    ("body", "template", "field"),
    [
        ({"uid": "ada"}, None, "notification.template"),
        ({"uid": "ada"}, {"body": "{{missing}}"}, "notification.params.missing"),
        ({"uids": ["ada", "bob"]}, {"body": "{{missing}}"}, "notification.params.missing"),
        (
            {"recipients": [{"uid": "ada", "params": {"name": "Ada"}}, {"uid": "bob"}]},
            {"body": "{{name}}"},
            "recipients[1].params.name",
        ),
        ({"uid": "ada"}, {"body": 5}, "templates/order.body"),
        ({"uid": "ada"}, {"category": "orders"}, "notification.body"),
    ],
    ids=case_id,
)
def test_what_a_template_lacks_is_named(
    body: dict[str, Any], template: Mapping[str, Any] | None, field: str
) -> None:
    request = read({"template": "order"}, **body)

    with pytest.raises(InvalidRequest) as caught:
        send_request.require_deliverable(request, template)

    assert caught.value.field == field


def test_template_without_texts_will_do_past_the_inbox() -> None:
    request = read({"template": "order"}, inbox=False)

    send_request.require_deliverable(request, {"data": {"a": "b"}})


def sizes(request: SendRequest) -> list[int]:
    found, start = [], 0
    while batch := send_request.next_batch(request, start):
        found.append(len(batch))
        start += len(batch)
    return found


def test_batches_hold_everybody_within_the_limits_of_a_commit() -> None:
    uids = [str(number) for number in range(500)]

    assert sizes(read(uids=uids)) == [200, 200, 100]
    assert sizes(read({"body": "x" * 60_000}, uids=uids)) == [68] * 7 + [24]


def test_ids_differ_by_user_and_by_secret() -> None:
    ids = {
        send_request.notification_id(seed, uid) for seed in ("one", "two") for uid in ("ada", "bob")
    }

    assert len(ids) == 4
    assert {len(id) for id in ids} == {32}


def test_key_is_its_callers_own() -> None:
    ids = {send_request.request_id(caller, "k") for caller in ("user:ada", "user:bob")}

    assert len(ids | {send_request.caller_hash("user:ada")}) == 3


def test_body_is_the_same_however_it_is_written_and_another_elsewhere() -> None:
    same = {send_request.body_hash("/a", body) for body in ({"a": 1, "b": 2}, {"b": 2, "a": 1})}

    assert len(same) == 1
    assert send_request.body_hash("/b", {"a": 1, "b": 2}) not in same


def test_request_is_done_when_every_document_is_written() -> None:
    request = AcceptedRequest(
        id="r1", caller="c", body_hash="b", seed="s", created_at=NOW, count=201, written=200
    )

    assert not request.is_done
    assert replace(request, written=201).is_done
