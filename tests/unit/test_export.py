"""An export shows documents as JSON, and no target; its pages can be asked for one by one."""

import base64
import hashlib
import json
import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import export, holdings, schema
from firebell.core.export import Place
from firebell.core.holdings import LISTED, SINGLE
from firebell.errors import InvalidRequest


@dataclass
class Point:
    latitude: float
    longitude: float


@dataclass
class Reference:
    path: str


class Odd:
    def __str__(self) -> str:
        return "odd"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param(None, None, id="null"),
        pytest.param(True, True, id="boolean"),
        pytest.param(2**63 - 1, 2**63 - 1, id="integer"),
        pytest.param(1.5, 1.5, id="number"),
        pytest.param(math.inf, "inf", id="infinity"),
        pytest.param("Grüße 🎉", "Grüße 🎉", id="text"),
        pytest.param(b"\xff\x00", "/wA=", id="bytes"),
        pytest.param(
            datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=1))),
            "2026-01-01T08:00:00Z",
            id="time",
        ),
        pytest.param({"a": [b"", {"b": None}]}, {"a": ["", {"b": None}]}, id="nested"),
        pytest.param(Point(1.0, 2.0), {"latitude": 1.0, "longitude": 2.0}, id="place"),
        pytest.param(Reference("a/b"), "a/b", id="reference"),
        pytest.param(Odd(), "odd", id="anything else"),
    ],
)
def test_value_of_firestore_becomes_one_of_json(value: Any, said: Any) -> None:
    assert export.plain(value) == said


def test_number_that_json_cannot_write_is_named() -> None:
    assert export.plain(math.nan) == "nan"
    assert export.plain(-math.inf) == "-inf"


def holding(name: str) -> holdings.Holding:
    (found,) = [h for h in (*SINGLE, *LISTED) if h.name == name]
    return found


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


HIDDEN = {"kind": "fid", "hash": digest("x")}


def test_recipient_is_shown_without_targets_and_devices_ids() -> None:
    device = {"target": {"kind": "fid", "value": "secret"}, "platform": "ios"}

    shown = export.shown(holding("recipient"), {"devices": {"id": device}, "partition": 5})

    hidden = {"target": {"kind": "fid", "hash": digest("secret")}, "platform": "ios"}
    assert shown == {"devices": {digest("id"): hidden}, "partition": 5}


@pytest.mark.parametrize(
    ("name", "document", "said"),
    [
        pytest.param("recipient", {"timezone": None}, {"timezone": None}, id="no devices"),
        pytest.param(
            "deliveries",
            {"devices": {"id": {"outcome": "accepted"}}},
            {"devices": {digest("id"): {"outcome": "accepted"}}},
            id="a delivery",
        ),
        pytest.param(
            "targets",
            {"uid": "ada", "deviceId": "id"},
            {"uid": "ada", "deviceId": digest("id")},
            id="a target",
        ),
        pytest.param(
            "outbox",
            {"leaving": {"k": {"target": {"kind": "fid", "value": "x"}, "topics": ["a"]}}},
            {
                "leaving": {
                    digest("k"): {"target": {"kind": "fid", "hash": digest("x")}, "topics": ["a"]}
                }
            },
            id="an errand about topics",
        ),
        pytest.param(
            "outbox",
            {"devices": 5, "leaving": {"a": "b"}, "deviceId": None},
            {"devices": 5, "leaving": {digest("a"): "b"}, "deviceId": None},
            id="what others wrote",
        ),
        pytest.param("inbox", {"deviceId": "mine"}, {"deviceId": "mine"}, id="an app's own words"),
    ],
)
def test_document_is_shown_without_targets(
    name: str, document: dict[str, Any], said: dict[str, Any]
) -> None:
    assert export.shown(holding(name), document) == said


def test_tombstone_tells_its_times_and_state_alone() -> None:
    shown = export.shown(holding("tombstone"), {"state": "erasing", "auth": True, "owed": ["x"]})

    assert shown == {"state": "erasing"}


def test_other_documents_are_shown_whole() -> None:
    assert export.shown(holding("outbox"), {"uid": "ada", "x": 1}) == {"uid": "ada", "x": 1}


DOCUMENT_IDS = st.text(min_size=1, max_size=50).filter(
    lambda id: bool(schema.DOCUMENT_ID.match(id)) and id.isprintable()
)


@given(st.sampled_from([h.name for h in LISTED]), DOCUMENT_IDS)
def test_page_token_leads_back_to_its_place(name: str, after: str) -> None:
    place = Place(name=name, after=after)

    assert export.place_from(export.page_token(place)) == place


def token(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "é",
        base64.urlsafe_b64encode(b"\xff").decode(),
        base64.urlsafe_b64encode(b"[" * 3000).decode(),
        token(["inbox"]),
        token(["settings", "n1"]),
        token(["inbox", "a/b"]),
        token(["inbox", ".."]),
        token(["inbox", 5]),
        token({"name": "inbox"}),
        token(["inbox", "\ud83c"]),
        token(["inbox", "x" * 1501]),
    ],
    ids=range(13),
)
def test_page_token_that_nobody_gave_is_refused(forged: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        export.place_from(forged)

    assert refused.value.field == "pageToken"
