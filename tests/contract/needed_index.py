"""Derive from a query the index that Firestore demands for it; the local emulators demand none.

Queries with an OR are refused: their indexes follow other rules.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1 import Client, Query
from google.cloud.firestore_v1.types import StructuredQuery

Direction = StructuredQuery.Direction
FieldOperator = StructuredQuery.FieldFilter.Operator
UnaryOperator = StructuredQuery.UnaryFilter.Operator

_EQUALITIES = frozenset({FieldOperator.EQUAL, FieldOperator.IN})
_MEMBERSHIPS = frozenset({FieldOperator.ARRAY_CONTAINS, FieldOperator.ARRAY_CONTAINS_ANY})
_NULL_TESTS = frozenset({UnaryOperator.IS_NULL, UnaryOperator.IS_NAN})
_SCOPES = {False: "COLLECTION", True: "COLLECTION_GROUP"}
_ORDERS = {Direction.ASCENDING: "ASCENDING", Direction.DESCENDING: "DESCENDING"}
_OPPOSITE = {"ASCENDING": "DESCENDING", "DESCENDING": "ASCENDING"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """A composite index: `equal` and `members` (arrays) in any order, then `ordered`."""

    collection: str
    scope: str
    equal: frozenset[str]
    members: frozenset[str]
    ordered: tuple[tuple[str, str], ...]

    def is_served_by(self, index: Mapping[str, Any]) -> bool:
        """Tell whether *index* of firestore.indexes.json answers, maybe read backwards."""
        fields = index["fields"]
        lead, rest = fields[: len(fields) - len(self.ordered)], fields[-len(self.ordered) :]
        return (
            (index["collectionGroup"], index["queryScope"]) == (self.collection, self.scope)
            and {field["fieldPath"] for field in lead} == self.equal | self.members
            and {field["fieldPath"] for field in lead if "arrayConfig" in field} == self.members
            and self._is_ordered_by(rest)
        )

    def _is_ordered_by(self, fields: Sequence[Mapping[str, str]]) -> bool:
        found = tuple((field["fieldPath"], field.get("order", "")) for field in fields)
        backwards = tuple((path, _OPPOSITE[order]) for path, order in self.ordered)
        return found in (self.ordered, backwards)


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleFields:
    """Automatic indexes, one per field; an exemption takes them away."""

    collection: str
    scope: str
    fields: frozenset[str]


def offline_client() -> Client:
    """Return a client that builds queries; nothing listens to what it would send."""
    nobody = AnonymousCredentials()  # type: ignore[no-untyped-call] # google-auth's has no types
    return Client(project="demo-contract", credentials=nobody)


def index_needed(query: Query) -> Composite | SingleFields:
    """Return the index which *query* needs.

    Raises:
        NotImplementedError: The query has an OR.

    """
    structured = query._to_protobuf()
    source = getattr(structured, "from_")[0]  # noqa: B009 # proto-plus' name for `from`
    place = {"collection": source.collection_id, "scope": _SCOPES[source.all_descendants]}
    filters = list(_filters(structured.where))
    equal = frozenset(path for path, kind in filters if kind == "equal")
    members = frozenset(path for path, kind in filters if kind == "member")
    ordered = _ordered(structured, [path for path, kind in filters if kind == "range"])
    # An order among equal values orders nothing.
    ordered = tuple(entry for entry in ordered if entry[0] not in equal)
    fields = equal | members | {path for path, _ in ordered}
    if not ordered or len(fields) == 1:
        return SingleFields(**place, fields=fields)
    return Composite(**place, equal=equal, members=members, ordered=ordered)


def _ordered(structured: StructuredQuery, ranges: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the results' order: what is asked for, then ranges; ids need no index."""
    ordered = {
        order.field.field_path: _ORDERS.get(order.direction, "ASCENDING")
        for order in structured.order_by
    }
    last = next(reversed(ordered.values()), "ASCENDING")
    for path in sorted(ranges):
        ordered.setdefault(path, last)
    return tuple(entry for entry in ordered.items() if entry[0] != "__name__")


def _filters(where: StructuredQuery.Filter) -> Iterator[tuple[str, str]]:
    """Yield each filtered field with how it is filtered: equal, member or range."""
    if "composite_filter" in where:
        if where.composite_filter.op != StructuredQuery.CompositeFilter.Operator.AND:
            raise NotImplementedError("a query with OR: derive its indexes by hand")
        for part in where.composite_filter.filters:
            yield from _filters(part)
    elif "unary_filter" in where:
        test = where.unary_filter
        yield test.field.field_path, "equal" if test.op in _NULL_TESTS else "range"
    elif "field_filter" in where:
        compared = where.field_filter
        yield compared.field.field_path, _kind(compared.op)


def _kind(operator: FieldOperator) -> str:
    if operator in _MEMBERSHIPS:
        return "member"
    return "equal" if operator in _EQUALITIES else "range"
