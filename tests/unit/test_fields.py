import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from firebell.core.fields import Fields, require_unicode
from firebell.errors import InvalidRequest
from tests.builders import NOW, case_id

NAIVE = NOW.replace(tzinfo=None)


def the(value: Any, *, path: str = "") -> Fields:
    """Return a document whose only field, `it`, is *value*."""
    return Fields({"it": value}, known={"it"}, path=path)


def refusal(read: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        read()
    return caught.value.field, caught.value.problem


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        ("title", "a string"),
        (True, "a boolean"),
        (7, "a number"),
        (7.5, "a number"),
        ([], "a list"),
        (NOW, "a timestamp"),
        (b"\x00", "bytes"),
    ],
    ids=case_id,
)
def test_document_that_is_no_map_is_refused(value: Any, kind: str) -> None:
    problem = f"must be a map, not {kind}"

    assert refusal(lambda: Fields(value, known=())) == ("document", problem)
    assert refusal(lambda: Fields(value, known=(), path="target")) == ("target", problem)


def test_unknown_field_is_named_with_its_path() -> None:
    known = {"title"}

    assert refusal(lambda: Fields({"titel": 1}, known=known))[0] == "titel"
    assert refusal(lambda: Fields({"titel": 1}, known=known, path="message"))[0] == "message.titel"


@pytest.mark.parametrize(
    ("name", "shown"), [("a\ud800", "a\\ud800"), ("", "''")], ids=["not Unicode", "empty"]
)
def test_name_that_cannot_be_shown_is_named_nevertheless(name: str, shown: str) -> None:
    assert refusal(lambda: Fields({name: 1}, known=()))[0] == shown


READERS: dict[str, Callable[[Fields], object]] = {
    "text": lambda fields: fields.text("it"),
    "required text": lambda fields: fields.required_text("it"),
    "url": lambda fields: fields.url("it"),
    "choice": lambda fields: fields.choice("it", ("high", "normal")),
    "flag": lambda fields: fields.flag("it", default=True),
    "integer": lambda fields: fields.integer("it", least=0, most=9),
    "time": lambda fields: fields.time("it"),
    "strings": lambda fields: fields.strings("it"),
    "items": lambda fields: fields.items("it", most=2),
}


@pytest.mark.parametrize(
    ("reader", "value", "problem"),
    [
        ("text", 5, "must be a string, not a number"),
        ("text", "", "must not be empty"),
        ("text", "\ud800", "is not valid Unicode (a lone surrogate)"),
        ("required text", None, "is required"),
        ("required text", {}, "must be a string, not a map"),
        ("url", "http://example.com", "must begin with https://"),
        ("url", "https://" + "x" * 2041, "must be at most 2048 characters, has 2049"),
        ("choice", "urgent", "must be one of high, normal"),
        ("choice", [], "must be a string, not a list"),
        ("flag", 0, "must be true or false, not a number"),
        ("flag", "true", "must be true or false, not a string"),
        ("integer", True, "must be an integer, not a boolean"),
        ("integer", 1.0, "must be an integer, not a number"),
        ("integer", "1", "must be an integer, not a string"),
        ("integer", -1, "must be from 0 to 9, is -1"),
        ("integer", 10, "must be from 0 to 9, is 10"),
        ("time", "2026-01-31T09:00:00Z", "must be a timestamp, not a string"),
        ("time", NAIVE, "must be a timestamp, not a time without a zone"),
        ("strings", [], "must be a map, not a list"),
        ("items", {}, "must be a list, not a map"),
        ("items", [1, 2, 3], "must hold at most 2 entries, has 3"),
    ],
    ids=case_id,
)
def test_wrong_value_is_refused_by_name(reader: str, value: Any, problem: str) -> None:
    fields = the(value, path="notification")

    assert refusal(lambda: READERS[reader](fields)) == ("notification.it", problem)


@pytest.mark.parametrize(
    ("reader", "value", "read"),
    [
        ("text", "مرحبا 👋🏽", "مرحبا 👋🏽"),
        ("required text", "x", "x"),
        ("url", "https://example.com", "https://example.com"),
        ("choice", "high", "high"),
        ("flag", False, False),
        ("integer", 0, 0),
        ("integer", 9, 9),
        ("time", NOW, NOW),
        ("strings", {"k": ""}, {"k": ""}),
        ("items", [1, 2], [1, 2]),
    ],
    ids=case_id,
)
def test_right_value_is_read(reader: str, value: Any, read: Any) -> None:
    assert READERS[reader](the(value)) == read


@pytest.mark.parametrize(
    ("reader", "read"),
    [
        *[(reader, None) for reader in ("text", "url", "choice", "integer", "time")],
        ("flag", True),
        ("strings", {}),
        ("items", []),
    ],
    ids=case_id,
)
def test_null_counts_as_absent(reader: str, read: Any) -> None:
    absent = Fields({}, known={"it"})

    assert READERS[reader](the(None)) == read
    assert READERS[reader](absent) == read


def test_text_is_bounded_in_characters_and_form() -> None:
    form = re.compile(r"[a-z]+\Z")

    assert the("👋👋").text("it", most=2) == "👋👋"
    assert the("abc").text("it", form=form) == "abc"
    assert refusal(lambda: the("👋👋").text("it", most=1)) == (
        "it",
        "must be at most 1 characters, has 2",
    )
    assert refusal(lambda: the("Abc").required_text("it", form=form)) == (
        "it",
        "does not have the form of such a value",
    )


def test_time_comes_back_in_utc() -> None:
    vienna = timezone(timedelta(hours=1))

    time = the(datetime(2026, 3, 1, 10, 0, tzinfo=vienna)).time("it")

    assert time == NOW
    assert time.tzinfo is UTC


@pytest.mark.parametrize(
    ("entries", "field", "problem"),
    [
        ({"k": 12}, "it.k", "must be a string, not a number"),
        ({"k": None}, "it.k", "must be a string, not null"),
        ({"k": "\udfff"}, "it.k", "is not valid Unicode (a lone surrogate)"),
        ({"\udfff": "v"}, "it.\\udfff", "is not valid Unicode (a lone surrogate)"),
        ({"\udfff": 1}, "it.\\udfff", "must be a string, not a number"),
    ],
    ids=["number", "null", "value not Unicode", "key not Unicode", "neither"],
)
def test_wrong_entry_of_a_string_map_is_named(
    entries: dict[str, Any], field: str, problem: str
) -> None:
    assert refusal(lambda: the(entries).strings("it")) == (field, problem)


def test_unicode_is_demanded_of_text_from_elsewhere() -> None:
    require_unicode("👋", "uid")

    assert refusal(lambda: require_unicode("\ud83d", "uid"))[0] == "uid"
