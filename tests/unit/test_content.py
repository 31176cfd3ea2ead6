"""`content`: what a sender may say for readers of other languages, and of a template."""

from typing import Any

import pytest

from firebell.core import parse, send_request
from firebell.core.model import Texts
from firebell.errors import InvalidRequest
from tests.builders import NOW, an_outbox_document, case_id


def refused(document: dict[str, Any]) -> str:
    with pytest.raises(InvalidRequest) as caught:
        parse.inbox_notification("n1", document)
    return caught.value.field


def test_localizations_are_by_language_tag() -> None:
    document = {
        "body": "Hi",
        "localizations": {
            "de_AT": {"title": "Servus"},
            "zh-Hant": {"title": "哈囉", "body": "你好"},
            "pt": {"title": None, "body": "Oi"},
        },
    }

    notification = parse.inbox_notification("n1", document)

    assert notification.localizations == {
        "de-AT": Texts(title="Servus"),
        "zh-Hant": Texts(title="哈囉", body="你好"),
        "pt": Texts(body="Oi"),
    }


@pytest.mark.parametrize(
    ("localizations", "field"),
    [
        ([], "localizations"),
        ({"de": "Hallo"}, "localizations.de"),
        ({"de": {}}, "localizations.de"),
        ({"de": {"title": None}}, "localizations.de"),
        ({"de": {"body": ""}}, "localizations.de.body"),
        ({"de": {"body": 5}}, "localizations.de.body"),
        ({"de": {"image": "x"}}, "localizations.de.image"),
        ({"": {"body": "x"}}, "localizations."),
        ({"German language": {"body": "x"}}, "localizations.German language"),
        ({"de-": {"body": "x"}}, "localizations.de-"),
        ({"d": {"body": "x"}}, "localizations.d"),
        ({"\ud800": {"body": "x"}}, "localizations.\\ud800"),
        ({"de_at": {"body": "x"}, "de-AT": {"body": "y"}}, "localizations.de-AT"),
        ({f"a{chr(97 + n // 26)}-{n}": {"body": "x"} for n in range(65)}, "localizations"),
    ],
    ids=case_id,
)
def test_wrong_localization_is_named(localizations: Any, field: str) -> None:
    assert refused({"body": "Hi", "localizations": localizations}) == field


def test_64_languages_are_taken() -> None:
    many = {f"a{chr(97 + n // 26)}-{n}": {"body": "x"} for n in range(64)}

    notification = parse.inbox_notification("n1", {"body": "Hi", "localizations": many})

    assert len(notification.localizations) == 64


def test_localizations_alone_show_nothing_to_readers_of_another_language() -> None:
    document = {"uid": "ada", "inbox": False, "localizations": {"de": {"body": "Hallo"}}}

    with pytest.raises(InvalidRequest) as caught:
        parse.outbox_item("n1", document)

    assert caught.value.field == "localizations"


@pytest.mark.parametrize(
    "document",
    [
        {"template": "order"},
        {"template": "order", "params": {"table": "4", "order": 7, "price": 1.5, "paid": False}},
        {"template": "order", "localizations": {"de": {"body": "Hallo"}}},
        {"body": "Hi", "params": {}},
        {"body": "Hi", "params": None, "template": None},
    ],
    ids=["alone", "with params", "with localizations", "no params", "nulls"],
)
def test_texts_may_be_left_to_a_template(document: dict[str, Any]) -> None:
    notification = parse.inbox_notification("n1", document)
    request = send_request.read({"uid": "ada", "notification": document}, now=NOW)

    assert notification.is_silent is ("body" not in document)
    assert request.content == document


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"template": 5}, "template"),
        ({"template": "a/b"}, "template"),
        ({"template": "a/b", "body": "Hi"}, "template"),
        ({"template": "x" * 101}, "template"),
        ({"body": "Hi", "params": {"a": 1}}, "params"),
        ({"template": "order", "params": ["a"]}, "params"),
        ({"template": "order", "params": {"": 1}}, "params."),
        ({"template": "order", "params": {"x" * 65: 1}}, f"params.{'x' * 65}"),
        ({"template": "order", "params": {"__a__": 1}}, "params.__a__"),
        ({"template": "order", "params": {"a": [1]}}, "params.a"),
        ({"template": "order", "params": {"at": NOW}}, "params.at"),
    ],
    ids=case_id,
)
def test_wrong_template_or_parameter_is_named(document: dict[str, Any], field: str) -> None:
    assert refused(document) == field


@pytest.mark.parametrize("name", ["readAt", "archivedAt"])
def test_notification_is_read_once_its_owner_has_seen_to_it(name: str) -> None:
    assert parse.inbox_notification("n1", {"body": "Hi", name: NOW}).is_read
    assert not parse.inbox_notification("n1", {"body": "Hi", name: None, "seenAt": NOW}).is_read


def test_what_fcm_only_validates_goes_to_no_inbox() -> None:
    item = parse.outbox_item("n1", an_outbox_document(validateOnly=True, inbox=True))

    assert item.notification.validate_only
    assert not item.inbox


@pytest.mark.parametrize("value", ["yes", 1])
def test_validate_only_is_a_boolean_of_the_outbox(value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse.outbox_item("n1", an_outbox_document(validateOnly=value))

    assert caught.value.field == "validateOnly"
    assert refused({"body": "Hi", "validateOnly": True}) == "validateOnly"
