"""Export a user: everything held under a uid, in pages."""

import json
from typing import Any

from firebell.core import export, schema
from firebell.core.export import Place
from firebell.core.holdings import LISTED, SINGLE, Holding
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
    names = list(lists)
    first = 0 if begin is None else names.index(begin.name)
    count, size_bytes = 0, 0
    for holding in LISTED[first:]:
        after = begin.after if begin is not None and begin.name == holding.name else None
        while entries := _entries(holding, uid, after, schema.MAX_EXPORTED - count, services):
            lists[holding.name] += entries
            after = str(entries[-1]["id"])
            count += len(entries)
            size_bytes += sum(len(json.dumps(entry, ensure_ascii=False)) for entry in entries)
            if count >= schema.MAX_EXPORTED or size_bytes >= schema.MAX_EXPORTED_BYTES:
                return lists, Place(name=holding.name, after=after)
    return lists, None


def _entries(
    holding: Holding, uid: str, after: str | None, limit: int, services: Services
) -> list[dict[str, Any]]:
    found = services.holdings.page(holding, uid, after=after, limit=limit)
    return [{"id": document.id, "data": export.shown(holding, document.data)} for document in found]
