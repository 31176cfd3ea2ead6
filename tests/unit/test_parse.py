from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import parse, schema
from firebell.core.model import Notification
from firebell.errors import InvalidRequest
from tests.builders import (
    NOW,
    a_bare_notification,
    a_notification,
    an_inbox_document,
    an_outbox_document,
    an_outbox_item,
    case_id,
)


def test_complete_inbox_document_says_all_a_notification_can() -> None:
    assert parse.inbox_notification("n1", an_inbox_document()) == a_notification()


@pytest.mark.parametrize(
    ("document", "notification"),
    [
        pytest.param(
            {"message": "Hi", "id": 17}, Notification(id="n1", body="Hi"), id="message and any id"
        ),
        pytest.param(
            {"message": {"title": "Hi", "body": "you"}},
            Notification(id="n1", title="Hi", body="you"),
            id="message as map",
        ),
        pytest.param(
            {"message": {"body": "you"}}, Notification(id="n1", body="you"), id="message's body"
        ),
        pytest.param({"title": "Hi"}, Notification(id="n1", title="Hi"), id="title alone"),
        pytest.param(
            {"body": "👩‍👩‍👧 ואז שלום", "title": "مرحبا"},
            Notification(id="n1", body="👩‍👩‍👧 ואז שלום", title="مرحبا"),
            id="emoji and right-to-left text",
        ),
        pytest.param(
            {"body": "Hi", "badge": "unread"},
            Notification(id="n1", body="Hi", badge="unread"),
            id="badge counts the unread",
        ),
        pytest.param(
            {"body": "Hi", "sendAt": None, "message": None, "actions": None, "data": None},
            Notification(id="n1", body="Hi"),
            id="nulls count as absent",
        ),
    ],
)
def test_small_inbox_document_is_understood(
    document: dict[str, Any], notification: Notification
) -> None:
    assert parse.inbox_notification("n1", document) == notification


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 5),
        ("title", ""),
        ("title", "\ud800"),
        ("body", ["Hi"]),
        ("category", {}),
        ("category", "x" * 101),
        ("priority", "urgent"),
        ("priority", 1),
        ("urgent", "yes"),
        ("image", "http://example.com/soup.png"),
        ("image", 5),
        ("link", 5),
        ("link", "JavaScript:alert(1)"),
        ("link", "data:text/html,hi"),
        ("link", "java\tscript:alert(1)"),
        ("link", "x" * 2049),
        ("actions", {"id": "come"}),
        ("actions", [{"id": "a", "title": "b"}] * 4),
        ("data", ["order"]),
        ("data", {"k" * 1501: "7"}),
        ("sound", True),
        ("badge", "all"),
        ("badge", -1),
        ("badge", True),
        ("badge", 2**31),
        ("collapseKey", "ü" * 33),
        ("collapseKey", 5),
        ("ttlSeconds", -1),
        ("ttlSeconds", 2_419_201),
        ("ttlSeconds", 1.5),
        ("ttlSeconds", "60"),
        ("expireAt", "tomorrow"),
        ("expireAt", datetime.max.replace(tzinfo=UTC)),
        ("push", 0),
        *[(name, "now") for name in ("createdAt", "seenAt", "readAt", "archivedAt", "openedAt")],
        ("sendAt", NOW),
        ("titel", "Hi"),
        ("uid", "ada"),
    ],
    ids=case_id,
)
def test_wrong_inbox_field_is_named(field: str, value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse.inbox_notification("n1", an_inbox_document(**{field: value}))

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"message": ["Hi"]}, "message"),
        ({"message": ""}, "message"),
        ({"message": "Hi", "title": "Hi"}, "message"),
        ({"message": {"body": "Hi"}, "body": "Hi"}, "message"),
        ({"message": {"body": 5}}, "message.body"),
        ({"message": {"title": ""}}, "message.title"),
        ({"message": {"body": "Hi", "image": "x"}}, "message.image"),
        ({"message": {}}, "body"),
        ({}, "body"),
        ({"push": False}, "body"),
        ({"body": "Hi", "actions": [{"id": "a", "title": "b"}, "late"]}, "actions[1]"),
        ({"body": "Hi", "actions": [{"id": "a"}]}, "actions[0].title"),
        ({"body": "Hi", "actions": [{"title": "b"}]}, "actions[0].id"),
        ({"body": "Hi", "actions": [{"id": "a", "title": "b", "link": 5}]}, "actions[0].link"),
        ({"body": "Hi", "actions": [{"id": "a", "title": "b", "icon": "x"}]}, "actions[0].icon"),
        ({"body": "Hi", "data": {"order": 7}}, "data.order"),
        ([], "document"),
        (None, "document"),
    ],
    ids=case_id,
)
def test_wrong_part_of_a_document_is_named(document: Any, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse.inbox_notification("n1", document)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ttlSeconds", 0),
        ("ttlSeconds", 2_419_200),
        ("badge", 0),
        ("collapseKey", "ü" * 32),
        ("category", "x" * 100),
        ("actions", [{"id": "a", "title": "b"}] * 3),
        ("data", {"k" * 1500: ""}),
    ],
    ids=case_id,
)
def test_value_at_its_limit_is_taken(field: str, value: Any) -> None:
    parse.inbox_notification("n1", an_inbox_document(**{field: value}))


@pytest.mark.parametrize(
    "key",
    [
        *("from", "message_type", "collapse_key", "gcm", "gcm.notification.e", "google", "aps"),
        *("google.c.a.e", "googleit", "google\nx", "notificationId", "firebell", "__x__", ""),
    ],
    ids=case_id,
)
def test_reserved_data_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse.inbox_notification("n1", an_inbox_document(data={key: "x"}))

    assert caught.value.field == f"data.{key}"


@pytest.mark.parametrize(
    "key",
    ["fromage", "notification", "gcm.other", "_x_", "Google", "aps."],
    ids=case_id,
)
def test_data_key_that_only_looks_reserved_is_taken(key: str) -> None:
    notification = parse.inbox_notification("n1", an_inbox_document(data={key: "x"}))

    assert notification.data == {key: "x"}


def notification_or_field(document: Any) -> Notification | str:
    try:
        return parse.inbox_notification("n1", document)
    except InvalidRequest as error:
        return error.field


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(NOW),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@given(
    st.dictionaries(st.sampled_from(sorted(schema.INBOX_FIELDS)) | st.text(), ANYTHING, max_size=5)
)
def test_no_document_crashes_the_parser(document: dict[str, Any]) -> None:
    found = notification_or_field(document)

    assert found.encode() if isinstance(found, str) else found.title or found.body


def test_outbox_document_says_to_whom_and_when() -> None:
    assert parse.outbox_item("n1", an_outbox_document()) == an_outbox_item()


def test_outbox_document_may_say_nothing_but_its_user_and_text() -> None:
    item = parse.outbox_item("n1", {"uid": "ada", "body": "Dinner is ready"})

    assert item == an_outbox_item(notification=a_bare_notification(), send_at=None)


def test_silent_outbox_document_needs_no_text() -> None:
    item = parse.outbox_item("n1", {"uid": "ada", "inbox": False, "data": {"sync": "orders"}})

    assert item.notification == Notification(id="n1", data={"sync": "orders"})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sendAt": "tomorrow"}, "sendAt"),
        ({"sendAt": datetime.max.replace(tzinfo=UTC)}, "sendAt"),
        ({"dueAt": "tomorrow"}, "dueAt"),
        ({"dueShard": 10}, "dueShard"),
        ({"createdAt": 5}, "createdAt"),
        ({"inbox": "no"}, "inbox"),
        ({"readAt": None}, "readAt"),
        ({"title": None, "body": None, "localizations": None}, "body"),
        ({"uid": None}, "uid"),
        ({"title": 7}, "title"),
    ],
    ids=case_id,
)
def test_wrong_outbox_field_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse.outbox_item("n1", an_outbox_document(**changes))

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("own", "is_scheduled"),
    [
        ({"dueAt": NOW + timedelta(hours=1), "dueShard": 3}, True),
        ({"dueAt": NOW, "dueShard": 3}, False),
        ({"dueAt": NOW + timedelta(hours=1)}, False),
        ({"dueShard": 3}, False),
    ],
    ids=["as the server writes it", "for another time", "in no index", "for no time"],
)
def test_only_a_whole_index_entry_counts_as_scheduled(
    own: dict[str, Any], is_scheduled: bool
) -> None:
    document = an_outbox_document(createdAt=NOW, sendAt=NOW + timedelta(hours=1), **own)

    assert parse.outbox_item("n1", document).is_scheduled is is_scheduled
