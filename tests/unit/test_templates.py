from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import parse, templates
from firebell.errors import InvalidRequest
from tests.builders import NOW, a_template, case_id

PARAMS = {"order": 7, "table": "Ünter 4", "price": 12.5, "paid": True}


def filled(template: Any, **fields: Any) -> dict[str, Any]:
    return templates.fill({"template": "order", "params": PARAMS} | fields, template, "order")


def refusal(template: Any, **fields: Any) -> tuple[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        filled(template, **fields)
    return caught.value.field, caught.value.problem


def test_template_says_what_the_notification_does_not() -> None:
    assert filled(a_template()) == {
        "title": "Order 7 is ready",
        "body": "Table Ünter 4, 12.5 €, paid: true",
        "link": "https://example.com/orders/7",
        "image": "https://example.com/7.png",
        "actions": [{"id": "come", "title": "Coming to 7"}],
        "data": {"order": "7", "kind": "order"},
        "localizations": {"de": {"title": "Bestellung 7 ist fertig"}},
        "category": "orders",
        "ttlSeconds": 600,
    }


def test_what_comes_out_is_a_document_for_the_parser() -> None:
    document = filled(a_template(), createdAt=NOW, readAt=None, id="n1")

    notification = parse.inbox_notification("n1", document)

    assert notification.title == "Order 7 is ready"
    assert notification.localizations["de"].title == "Bestellung 7 ist fertig"


def test_notification_s_own_fields_stand_and_are_taken_literally() -> None:
    said = {"category": "{{category}}", "ttlSeconds": 0, "image": None, "title": "{{missing}}"}

    document = filled(a_template(), **said)

    assert document["title"] == "{{missing}}"
    assert document["category"] == "{{category}}"
    assert document["ttlSeconds"] == 0
    assert document["image"] == "https://example.com/7.png"


def test_data_is_merged_key_by_key() -> None:
    data = filled(a_template(), data={"kind": "dinner", "extra": "{{order}}"})["data"]

    assert data == {"order": "7", "kind": "dinner", "extra": "{{order}}"}


def test_localizations_are_merged_language_by_language() -> None:
    template = a_template(
        localizations={
            "de_AT": {"title": "Servus"},
            "de": {"title": "Hallo"},
            "tr": {"title": "Sipariş {{order}}"},
        }
    )

    document = filled(template, localizations={"de-at": {"body": "Griaß di"}})

    assert document["localizations"] == {
        "de-at": {"body": "Griaß di"},
        "de": {"title": "Hallo"},
        "tr": {"title": "Sipariş 7"},
    }


def test_notification_s_own_text_holds_in_every_language() -> None:
    template = a_template(
        localizations={"de": {"title": "Hallo"}, "tr": {"title": "Selam", "body": "Geldi"}}
    )

    document = filled(template, title="Order 7, at last")

    assert document["localizations"] == {"tr": {"body": "Geldi"}}


@pytest.mark.parametrize(
    ("said", "template", "texts"),
    [
        ({"message": "Hi"}, {"title": "Order", "body": "Ready"}, ("Order", "Hi")),
        ({"message": {"title": "Hi"}}, {"title": "Order", "body": "Ready"}, ("Hi", "Ready")),
        ({"title": "Hi"}, {"message": "Ready {{order}}"}, ("Hi", "Ready 7")),
        ({"body": "Hi"}, {"message": {"title": "{{order}}", "body": "Ready"}}, ("7", "Hi")),
    ],
    ids=["a string", "a map", "the template's", "the template's map"],
)
def test_message_is_title_and_body_in_short(
    said: Any, template: Any, texts: tuple[str, str]
) -> None:
    document = filled(template, **said)

    assert (document["title"], document["body"]) == texts
    assert "message" not in document


@pytest.mark.parametrize(
    "said",
    [{"message": ["Hi"]}, {"message": "Hi", "title": "Hi"}, {"data": ["x"]}, {"localizations": 5}],
    ids=case_id,
)
def test_what_the_notification_says_wrongly_is_left_to_the_parser(said: dict[str, Any]) -> None:
    document = filled({"category": "x", "data": {"a": "b"}, "localizations": {}}, **said)

    with pytest.raises(InvalidRequest) as caught:
        parse.inbox_notification("n1", {"body": "Hi"} | document)

    assert caught.value.field in said


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        ("{{order}} \\1 {{nobody}}", "{{order}} \\1 {{nobody}}"),
        (7, "7"),
        (-(2**63), "-9223372036854775808"),
        (5.0, "5"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (1e21, "1000000000000000000000"),
        (1.5e-7, "0.00000015"),
        (True, "true"),
        (False, "false"),
    ],
    ids=case_id,
)
def test_parameter_stands_in_plain_form(value: Any, text: str) -> None:
    document = filled({"body": "«{{ it }}»{{it}}{{it }}"}, params={"it": value, "unused": 1})

    assert document["body"] == f"«{text}»{text}{text}"


def test_what_is_no_placeholder_is_text() -> None:
    text = "{{}} {{ a b }} {order} {{order} {{order-1}} }}{{"

    assert filled({"body": text})["body"] == text


@given(st.dictionaries(st.sampled_from("abc"), st.text(max_size=8), min_size=3))
def test_text_between_parameters_is_kept(params: dict[str, str]) -> None:
    a, b, c = params["a"], params["b"], params["c"]

    document = filled({"body": "({{a}})[{{b}}]{{{c}}}"}, params=params)

    assert document["body"] == f"({a})[{b}]{{{c}}}"


@pytest.mark.parametrize(
    ("template", "where"),
    [
        ({"title": "{{nobody}}"}, "title"),
        ({"message": "{{nobody}}"}, "body"),
        ({"body": "Hi", "localizations": {"de": {"body": "{{nobody}}"}}}, "localizations.de.body"),
        ({"body": "Hi", "link": "/{{nobody}}"}, "link"),
        ({"body": "Hi", "image": "https://{{nobody}}"}, "image"),
        ({"body": "Hi", "actions": [{"id": "a", "title": "{{nobody}}"}]}, "actions[0].title"),
        (
            {"body": "Hi", "actions": [{"id": "a", "title": "b", "link": "{{nobody}}"}]},
            "actions[0].link",
        ),
        ({"body": "Hi", "data": {"k": "{{nobody}}"}}, "data.k"),
    ],
    ids=["title", "message", "localization", "link", "image", "action", "action's link", "data"],
)
def test_missing_parameter_is_named_with_the_field_that_needs_it(
    template: dict[str, Any], where: str
) -> None:
    assert refusal(template) == ("params.nobody", f"is needed by templates/order.{where}")


def test_field_that_the_notification_says_itself_needs_no_parameters() -> None:
    document = filled(
        {"title": "{{nobody}}", "data": {"k": "{{nobody}}"}}, title="x", data={"k": ""}
    )

    assert document == {"title": "x", "data": {"k": ""}}


def test_missing_template_is_named() -> None:
    assert refusal(None) == ("template", "templates/order does not exist")


@pytest.mark.parametrize(
    ("template", "field"),
    [
        ({"titel": "x"}, "templates/order.titel"),
        ({"uid": "ada"}, "templates/order.uid"),
        ({"params": {}}, "templates/order.params"),
        ({"template": "other"}, "templates/order.template"),
        ({"title": 5}, "templates/order.title"),
        ({"data": "x"}, "templates/order.data"),
        ({"data": {"k": 5}}, "templates/order.data.k"),
        ({"data": {"from": "x"}}, "templates/order.data.from"),
        ({"localizations": []}, "templates/order.localizations"),
        ({"localizations": {"de": "x"}}, "templates/order.localizations.de"),
        ({"message": [], "body": "x"}, "templates/order.message"),
        ({"actions": [5]}, "templates/order.actions[0]"),
        ({"link": "{{table}}"}, "templates/order.link"),
        ({"image": "{{table}}"}, "templates/order.image"),
    ],
    ids=case_id,
)
def test_fault_of_the_template_is_named_as_such(template: dict[str, Any], field: str) -> None:
    assert refusal(template)[0] == field


def test_parameter_cannot_make_a_link_a_script() -> None:
    assert refusal({"link": "{{table}}"}, params={"table": "javascript:x"})[0] == (
        "templates/order.link"
    )


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ([], "params"),
        ({"a-b": 1}, "params.a-b"),
        ({"a": None}, "params.a"),
        ({"a": {}}, "params.a"),
        ({"a": 2**63}, "params.a"),
        ({"a": -(2**63) - 1}, "params.a"),
        ({"a": float("inf")}, "params.a"),
        ({"a": float("nan")}, "params.a"),
        ({"a": "\ud800"}, "params.a"),
    ],
    ids=case_id,
)
def test_wrong_parameter_is_named(params: Any, field: str) -> None:
    assert refusal(a_template(), params=params)[0] == field


def test_filled_text_is_bounded() -> None:
    fits = filled({"body": "{{a}}{{a}}"}, params={"a": "x" * 32_763})

    assert len(fits["body"]) == 65_526
    assert refusal({"body": "{{a}}{{a}}"}, params={"a": "x" * 32_764}) == (
        "templates/order.body",
        "would have more than 65536 characters with its params",
    )


def test_document_names_its_template() -> None:
    assert templates.named({"body": "Hi", "template": None}) is None
    assert templates.named({"template": "order"}) == "order"
    with pytest.raises(InvalidRequest, match=r"^template:"):
        templates.named({"template": "a/b"})
