"""firestore.indexes.json against the queries in the code and the fields it writes."""

import ast
import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from google.cloud.firestore_v1 import FieldFilter, Query

from firebell import holdings_store, recipients, store
from firebell.core import record, schema
from firebell.core.deliveries import Delivery, State
from tests.contract.needed_index import Composite, index_needed, offline_client
from tools.operation import desk

ROOT = Path(__file__).resolve().parents[2]
SPEC: Mapping[str, Any] = json.loads((ROOT / "firestore.indexes.json").read_text())
ASKING = (store, recipients, holdings_store, desk)
"""Modules that query, of the functions and of `tools/operate`."""
FILES = sorted([*ROOT.glob("functions/firebell/**/*.py"), *ROOT.glob("tools/operation/*.py")])
QUERY_METHODS = {"where", "order_by", "collection_group"}

TRANSIENT = (
    *(schema.INBOX, schema.OUTBOX, schema.DELIVERIES, schema.REQUESTS, schema.COUNTERS),
    *(schema.RECIPIENTS, schema.TOMBSTONES),  # these two once their user was erased
)
MAPS = {
    schema.SETTINGS: ["preferences", "quietHours"],
    schema.INBOX: ["message", "data", "actions", "params", "localizations"],
    schema.OUTBOX: ["message", "data", "actions", "params", "localizations", "ids", "leaving"],
    schema.RECIPIENTS: ["devices", "settings", "wokenAt", "topics"],
    schema.DELIVERIES: ["devices"],
}


def _of_clients() -> dict[str, Query]:
    """Return the queries that client apps are told to make: the code here does not know them."""
    inbox = offline_client().collection(schema.SETTINGS, "uid", schema.INBOX).limit(20)
    unread = inbox.where(filter=FieldFilter("readAt", "==", None))
    return {
        "a client's newest": inbox.order_by("createdAt", direction=Query.DESCENDING),
        "a client's newest unread": unread.order_by("createdAt", direction=Query.DESCENDING),
        "a client's not archived": inbox.where(filter=FieldFilter("archivedAt", "==", None)),
    }


def _queries() -> dict[str, Query]:
    ours = [made for module in ASKING for made in module.QUERIES.items()]
    return {name: make(offline_client()) for name, make in ours} | _of_clients()


def problems(spec: Mapping[str, Any], queries: Mapping[str, Query]) -> list[str]:
    """Return what *spec* lacks for *queries*, and what it has for none of them."""
    exempt = set(_exempt(spec))
    found, used = [], []
    for name, query in queries.items():
        needed = index_needed(query)
        if isinstance(needed, Composite):
            serving = [index for index in spec["indexes"] if needed.is_served_by(index)]
            used += serving
            if not serving:
                found.append(f"{name}: no index {needed}")
        else:
            found += [
                f"{name}: {path} is exempt"
                for path in sorted(needed.fields)
                if (needed.collection, path) in exempt
            ]
    return found + [f"no query needs {index}" for index in spec["indexes"] if index not in used]


def _exempt(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for override in spec["fieldOverrides"]:
        if not override["indexes"]:
            yield override["collectionGroup"], override["fieldPath"]


def queries_outside(source: str) -> list[str]:
    """Return calls in *source* that build a query outside a module's `*_query` functions."""
    body = ast.parse(source).body
    elsewhere = [
        part
        for part in body
        if not (isinstance(part, ast.FunctionDef) and part.name.endswith("_query"))
    ]
    return [
        f"line {node.lineno}: {node.func.attr}"
        for part in elsewhere
        for node in ast.walk(part)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in QUERY_METHODS
        and (node.args or node.keywords)  # certifi.where() asks nothing
    ]


def query_functions(source: str) -> list[str]:
    """Return the names of *source*'s `*_query` functions."""
    parts = ast.parse(source).body
    return [p.name for p in parts if isinstance(p, ast.FunctionDef) and p.name.endswith("_query")]


def test_every_query_has_its_index_and_every_index_its_query() -> None:
    assert problems(SPEC, _queries()) == []


@pytest.mark.parametrize("position", range(len(SPEC["indexes"])))
def test_missing_index_is_named_with_its_query(position: int) -> None:
    spec = copy.deepcopy(dict(SPEC))
    removed = spec["indexes"].pop(position)

    (problem,) = problems(spec, _queries())

    assert "no index" in problem
    assert removed["collectionGroup"] in problem


def test_queried_field_that_is_exempt_is_named() -> None:
    exemption = {"collectionGroup": schema.INBOX, "fieldPath": "readAt", "indexes": []}
    spec = {**SPEC, "fieldOverrides": [*SPEC["fieldOverrides"], exemption]}

    assert "unread: readAt is exempt" in problems(spec, _queries())


def test_index_without_a_query_is_named() -> None:
    spare = {**SPEC["indexes"][0], "collectionGroup": "targets"}
    spec = {**SPEC, "indexes": [*SPEC["indexes"], spare]}

    (problem,) = problems(spec, _queries())

    assert "no query needs" in problem


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.stem)
def test_queries_are_built_in_query_functions_only(file: Path) -> None:
    assert queries_outside(file.read_text()) == []


def test_query_built_elsewhere_is_found() -> None:
    source = "def a_query(c):\n  return c.where(1)\ndef other(c):\n  return c.order_by('x')\n"

    assert queries_outside(source) == ["line 4: order_by"]


@pytest.mark.parametrize("module", ASKING, ids=lambda module: module.__name__)
def test_query_functions_are_all_listed_in_queries(module: ModuleType) -> None:
    source = Path(str(module.__file__)).read_text()
    (queries,) = [
        ast.unparse(node)
        for node in ast.parse(source).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "QUERIES"
    ]

    assert [name for name in query_functions(source) if f"{name}(" not in queries] == []


def test_modules_that_query_are_all_known() -> None:
    asking = {file for file in FILES if query_functions(file.read_text())}

    assert asking == {Path(str(module.__file__)) for module in ASKING}


@pytest.mark.parametrize("collection", TRANSIENT)
def test_transient_collection_expires(collection: str) -> None:
    expiring = [
        override["fieldPath"]
        for override in SPEC["fieldOverrides"]
        if override["collectionGroup"] == collection and override.get("ttl")
    ]

    assert expiring == ["expireAt"]


@pytest.mark.parametrize("collection", MAPS)
def test_maps_are_not_indexed(collection: str) -> None:
    exempt = {path for where, path in _exempt(SPEC) if where == collection}

    assert exempt.issuperset(MAPS[collection])


def _written() -> Mapping[str, Sequence[str]]:
    """Return the fields that the code knows in each collection."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    delivery = Delivery(
        id="d",
        uid="u",
        notification_id="n",
        source="inbox",
        state=State.WAITING,
        attempt=1,
        created_at=now,
        due_at=now,
    )
    return {
        schema.SETTINGS: sorted(schema.SETTINGS_FIELDS),
        schema.INBOX: sorted(schema.INBOX_FIELDS),
        schema.OUTBOX: sorted(schema.OUTBOX_FIELDS),
        schema.DELIVERIES: sorted(record.delivery_document(delivery, due_shard=0)),
    }


@pytest.mark.parametrize(
    "collection", [schema.SETTINGS, schema.INBOX, schema.OUTBOX, schema.DELIVERIES]
)
def test_times_that_nobody_queries_are_not_indexed(collection: str) -> None:
    """An indexed time that only rises caps its collection at 500 writes a second."""
    queried = {
        path
        for query in _queries().values()
        if (needed := index_needed(query)).collection == collection
        and not isinstance(needed, Composite)
        for path in needed.fields
    }
    exempt = {path for where, path in _exempt(SPEC) if where == collection}
    times = {name for name in _written()[collection] if name.endswith("At")}

    assert times - queried - exempt == set()
