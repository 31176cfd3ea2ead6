from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud.firestore_v1 import FieldFilter, Or, Query

from tests.contract.needed_index import Composite, SingleFields, index_needed, offline_client

NOW = datetime(2026, 11, 23, tzinfo=UTC)
THINGS = offline_client().collection("things")


def where(*conditions: tuple[str, str, Any]) -> Query:
    query = THINGS.limit(10)
    for condition in conditions:
        query = query.where(filter=FieldFilter(*condition))
    return query


def single(*fields: str) -> SingleFields:
    return SingleFields(collection="things", scope="COLLECTION", fields=frozenset(fields))


def composite(
    *ordered: tuple[str, str], equal: set[str] | None = None, members: set[str] | None = None
) -> Composite:
    return Composite(
        collection="things",
        scope="COLLECTION",
        equal=frozenset(equal or ()),
        members=frozenset(members or ()),
        ordered=ordered,
    )


def index(*fields: tuple[str, str], scope: str = "COLLECTION") -> dict[str, Any]:
    return {
        "collectionGroup": "things",
        "queryScope": scope,
        "fields": [
            {"fieldPath": path, "arrayConfig" if how == "CONTAINS" else "order": how}
            for path, how in fields
        ],
    }


UP, DOWN = "ASCENDING", "DESCENDING"


@pytest.mark.parametrize(
    ("query", "needed"),
    [
        pytest.param(where(("a", "==", 1)), single("a"), id="one equality"),
        pytest.param(where(("a", "==", None)), single("a"), id="equal to null"),
        pytest.param(where(("a", "==", 1), ("b", "in", [1])), single("a", "b"), id="equalities"),
        pytest.param(where(("t", "array_contains", 1)), single("t"), id="membership"),
        pytest.param(where(("a", ">", 1)), single("a"), id="one range"),
        pytest.param(where(("a", ">", 1), ("a", "<", 9)), single("a"), id="range between"),
        pytest.param(THINGS.order_by("a", direction=DOWN), single("a"), id="one order"),
        pytest.param(where(("a", ">", 1)).order_by("a"), single("a"), id="range in its order"),
        pytest.param(where(("a", "==", 1)).order_by("a"), single("a"), id="order among equals"),
        pytest.param(THINGS.order_by("__name__"), single(), id="order by id"),
    ],
)
def test_automatic_indexes_suffice(query: Query, needed: SingleFields) -> None:
    assert index_needed(query) == needed


@pytest.mark.parametrize(
    ("query", "needed"),
    [
        pytest.param(
            where(("s", "in", [0, 1]), ("d", "<=", NOW)).order_by("d"),
            composite(("d", UP), equal={"s"}),
            id="membership in a list and a range",
        ),
        pytest.param(
            where(("s", "==", 0), ("d", "<=", NOW)),
            composite(("d", UP), equal={"s"}),
            id="a range orders by itself",
        ),
        pytest.param(
            where(("r", "==", None)).order_by("c", direction=DOWN),
            composite(("c", DOWN), equal={"r"}),
            id="null and an order",
        ),
        pytest.param(
            where(("tags", "array_contains", "x"), ("p", ">=", 3)),
            composite(("p", UP), members={"tags"}),
            id="an array and a range",
        ),
        pytest.param(
            THINGS.order_by("a").order_by("b", direction=DOWN),
            composite(("a", UP), ("b", DOWN)),
            id="two orders",
        ),
        pytest.param(
            where(("a", "==", 1), ("b", "!=", 2)),
            composite(("b", UP), equal={"a"}),
            id="an inequality is a range",
        ),
    ],
)
def test_composite_index_is_needed(query: Query, needed: Composite) -> None:
    assert index_needed(query) == needed


def test_collection_group_needs_its_own_scope() -> None:
    needed = index_needed(offline_client().collection_group("things").order_by("a"))

    assert needed.scope == "COLLECTION_GROUP"


def test_or_is_refused() -> None:
    either = Or(filters=[FieldFilter("a", "==", 1), FieldFilter("b", "==", 2)])

    with pytest.raises(NotImplementedError, match="OR"):
        index_needed(THINGS.where(filter=either))


@pytest.mark.parametrize(
    ("found", "serves"),
    [
        pytest.param(index(("a", UP), ("b", UP), ("c", UP)), True, id="as asked"),
        pytest.param(index(("b", DOWN), ("a", UP), ("c", UP)), True, id="equalities in any order"),
        pytest.param(index(("a", UP), ("b", UP), ("c", DOWN)), True, id="read backwards"),
        pytest.param(index(("a", UP), ("c", UP)), False, id="an equality is missing"),
        pytest.param(index(("c", UP), ("a", UP), ("b", UP)), False, id="order before equality"),
        pytest.param(index(("a", UP), ("b", "CONTAINS"), ("c", UP)), False, id="an array index"),
        pytest.param(
            index(("a", UP), ("b", UP), ("c", UP), scope="COLLECTION_GROUP"), False, id="scope"
        ),
    ],
)
def test_index_serves_query(found: dict[str, Any], serves: bool) -> None:
    needed = composite(("c", UP), equal={"a", "b"})

    assert needed.is_served_by(found) is serves


def test_opposite_orders_are_not_the_same_read_backwards() -> None:
    needed = composite(("a", UP), ("b", DOWN))

    assert needed.is_served_by(index(("a", DOWN), ("b", UP)))
    assert not needed.is_served_by(index(("a", UP), ("b", UP)))
