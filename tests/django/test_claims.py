from typing import Any

import pytest
from django.contrib.auth.models import User

from django_firebell import claims
from django_firebell.errors import InvalidClaims, InvalidUid


@pytest.mark.parametrize(
    "uid",
    [
        pytest.param("1", id="primary key"),
        pytest.param("0f8fad5b-d9cb-469f-a165-70867728950e", id="uuid"),
        pytest.param("auth0|ä@example.org", id="odd characters"),
        pytest.param("x" * 128, id="longest"),
        pytest.param("𝄞" * 128, id="longest in four-byte characters"),
        pytest.param("...", id="three dots"),
        pytest.param("__init", id="underscores on one side"),
        pytest.param("__a__b", id="underscores not at the end"),
        pytest.param("___", id="too short to be reserved"),
    ],
)
def test_uid_that_is_a_document_id_is_taken(uid: str) -> None:
    assert claims.checked_uid(uid) == uid


@pytest.mark.parametrize(
    ("uid", "reason"),
    [
        pytest.param("", "0 characters", id="empty"),
        pytest.param("x" * 129, "129 characters", id="too long"),
        pytest.param("a/b", "/", id="slash"),
        pytest.param(".", "for itself", id="dot"),
        pytest.param("..", "for itself", id="two dots"),
        pytest.param("__a__", "for itself", id="reserved"),
        pytest.param("____", "for itself", id="shortest reserved"),
        pytest.param("__a\nb__", "for itself", id="reserved over two lines"),
        pytest.param("a\nb", "line break", id="two lines"),
        pytest.param("\ud800", "surrogate", id="lone surrogate"),
        pytest.param(7, "not int", id="number"),
        pytest.param(None, "not NoneType", id="nothing"),
    ],
)
def test_uid_that_is_no_document_id_is_refused_with_the_reason(uid: object, reason: str) -> None:
    with pytest.raises(InvalidUid, match=reason) as refused:
        claims.checked_uid(uid)

    assert 'FIREBELL["UID"]' in str(refused.value)


def test_unsaved_user_has_no_uid() -> None:
    with pytest.raises(InvalidUid, match="not saved yet"):
        claims.primary_key(User(username="new"))


@pytest.mark.parametrize("name", sorted(claims.RESERVED))
def test_reserved_claim_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidClaims, match=f'"{name}" is a name reserved by Firebase'):
        claims.checked({"plan": "pro", name: 1})


def test_reserved_names_are_those_of_the_sdk() -> None:
    from firebase_admin import _auth_utils  # noqa: PLC0415 - a private module, for this one fact

    assert claims.RESERVED == _auth_utils.RESERVED_CLAIMS


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        pytest.param({"senderUntil": 1}, '"senderUntil" comes from SENDERS', id="sender"),
        pytest.param({"at": object()}, '"at" cannot be written as JSON', id="object"),
        pytest.param({"at": float("nan")}, '"at" cannot be written as JSON', id="not a number"),
        pytest.param({1: "a"}, "name 1 must be a string", id="number as name"),
        pytest.param(["plan"], "must be a dict, not list", id="list"),
        pytest.param(None, "must be a dict, not NoneType", id="nothing"),
    ],
)
def test_claims_firebase_cannot_take_are_refused(given: Any, reason: str) -> None:
    with pytest.raises(InvalidClaims, match=reason):
        claims.checked(given)
