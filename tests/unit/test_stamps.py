"""`stamps`: what an inbox document gets so that clients find and show it."""

from typing import Any

import pytest

from firebell.core import stamps
from tests.builders import NOW

TIMES = {"createdAt": NOW, "readAt": None, "archivedAt": None}


def needed(
    document: dict[str, Any], content: dict[str, Any]
) -> tuple[dict[str, Any], frozenset[str]]:
    return stamps.needed(document, content, created_at=NOW)


def test_bare_document_gets_the_times_that_queries_need() -> None:
    assert needed({"message": "x", "readAt": NOW}, {"message": "x"}) == (
        {"createdAt": NOW, "archivedAt": None},
        frozenset(),
    )


def test_complete_document_needs_nothing() -> None:
    assert needed({"body": "x", **TIMES}, {"body": "x", **TIMES}) == ({}, frozenset())


@pytest.mark.parametrize("named", [{}, {"template": None}], ids=["none", "null"])
def test_document_without_a_template_keeps_its_words(named: dict[str, Any]) -> None:
    """What its backend took away since the event stays away."""
    now_is = {"title": "x", **named, **TIMES}
    was = {"message": "x", "link": "/gone", "data": {"a": "b"}, **TIMES}

    assert needed(now_is, was) == ({}, frozenset())


@pytest.mark.parametrize(
    ("own", "content"),
    [
        ({"data": {"a": "1"}}, {"data": {"a": "1", "b": "2"}}),
        ({"message": "x"}, {"body": "x"}),
        ({"title": None}, {"title": "Hello"}),
        ({"localizations": {"de": {"body": "x"}}}, {"localizations": {"de": {"title": "y"}}}),
        ({"link": "/own"}, {"link": "/own"}),
    ],
    ids=["data", "message", "null", "languages", "own"],
)
def test_document_from_a_template_comes_to_say_what_it_means(
    own: dict[str, Any], content: dict[str, Any]
) -> None:
    document = {"template": "t", "params": {"n": 1}, "id": "n1", **own, **TIMES}

    changes, removed = needed(document, {"id": "n1", **content, **TIMES})

    stamped = {name: value for name, value in (document | changes).items() if name not in removed}
    assert stamped == {"id": "n1", **content, **TIMES}
    assert all(name not in document or document[name] != value for name, value in changes.items())
