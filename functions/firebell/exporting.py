"""Export a user: everything held under a uid, in pages."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from firebell.core import export, schema
from firebell.core.export import Place
from firebell.core.holdings import LISTED, SINGLE, Holding
from firebell.database import Stored
from firebell.holdings_store import PAGE
from firebell.services import Services


def export_user(uid: str, begin: Place | None, services: Services) -> dict[str, Any]:
    """Return a page of what is held under *uid*, as JSON knows values.

    Args:
        uid: Whose; who is not known has nothing.
        begin: Where the page begins; None for the first one, which tells of the documents that
            there is one of, too.
        services: What to read with.

    Raises:
        Unavailable: Firestore cannot serve now.

    **Cost:** 1 read for each document, 1 for each of 8 collections that has none; the first page 3
    more.

    """
    page: dict[str, Any] = {"uid": uid}
    if begin is None:
        for holding in SINGLE:
            found = services.holdings.single(holding, uid)
            page[holding.name] = None if found is None else export.shown(holding, found.data)
    lists, end = _listed(uid, begin, services)
    return {**page, **lists, "nextPageToken": None if end is None else export.page_token(end)}


def _listed(
    uid: str, begin: Place | None, services: Services
) -> tuple[dict[str, list[dict[str, Any]]], Place | None]:
    """Return documents by list, and where the next page begins if this one ends before they do."""
    lists: dict[str, list[dict[str, Any]]] = {holding.name: [] for holding in LISTED}
    count, size_bytes = 0, 0
    for name, entries in _chunks(uid, begin, services):
        lists[name] += entries
        count += len(entries)
        size_bytes += sum(_size_bytes(entry) for entry in entries)
        if count >= schema.MAX_EXPORTED or size_bytes >= schema.MAX_EXPORTED_BYTES:
            return lists, Place(name=name, after=entries[-1]["id"])
    return lists, None


def _chunks(
    uid: str, begin: Place | None, services: Services
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield documents, a few at a time, with the name of their list; none is yielded empty."""
    names = [holding.name for holding in LISTED]
    first = 0 if begin is None else names.index(begin.name)
    for holding in LISTED[first:]:
        after = begin.after if begin is not None and begin.name == holding.name else None
        is_more = True
        while is_more:
            found = services.holdings.page(holding, uid, after=after)
            is_more = len(found) == PAGE
            if found:
                after = found[-1].id
                yield holding.name, [_entry(holding, document) for document in found]


def _entry(holding: Holding, document: Stored) -> dict[str, Any]:
    return {"id": document.id, "data": export.shown(holding, document.data)}


def _size_bytes(entry: Mapping[str, Any]) -> int:
    return len(json.dumps(entry, ensure_ascii=False).encode(errors="replace"))
