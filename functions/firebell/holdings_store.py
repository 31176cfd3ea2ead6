"""What is held under a uid, wherever it is: read in pages for an export, deleted in pages."""

from collections.abc import Callable
from functools import partial
from typing import Final

from google.api_core import exceptions
from google.cloud.firestore_v1 import Client, CollectionReference
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.query import Query

from firebell import database
from firebell.core import erasure, holdings, membership, schema
from firebell.core.holdings import LISTED, Holding
from firebell.database import PATIENCE, Stored, translated

PAGE: Final = 50
"""Documents read at once for an export: of at most 1 MiB each, 50 MiB of memory."""
CLEAR_PAGE: Final = 300
"""Documents deleted at once, of which ids alone are read (Firestore takes 10 MiB a commit)."""


def held_query(client: Client, holding: Holding, uid: str) -> Query:
    """Return *uid*'s documents in *holding*, one of `LISTED`, by their ids."""
    if holding.place == "beneath":
        found = client.collection(schema.SETTINGS, uid, holding.collection)
        return found.order_by("__name__")
    value = holdings.value_of(holding, uid)
    found = client.collection(holding.collection)
    return found.where(filter=FieldFilter(holding.field, "==", value)).order_by("__name__")


QUERIES: dict[str, Callable[[Client], Query]] = {
    f"a user's {holding.name}": partial(lambda of, client: held_query(client, of, "uid"), holding)
    for holding in LISTED
}
"""Each query of this module; a test holds firestore.indexes.json against them."""


class HoldingsStore:
    """What is held under a uid, in Firebell's words. Thread-safe, as its client is.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client) -> None:
        """Use *client*."""
        self._client = client

    @translated
    def single(self, holding: Holding, uid: str) -> Stored | None:
        """Return *uid*'s document in *holding*, one of `SINGLE`. **Cost:** 1 read."""
        return database.stored(self._collection(holding).document(uid).get(**PATIENCE))

    @translated
    def page(self, holding: Holding, uid: str, *, after: str | None = None) -> list[Stored]:
        """Return `PAGE` of *uid*'s documents in *holding*, one of `LISTED`, behind the id *after*.

        **Cost:** 1 read each, 1 when there are none.
        """
        query = held_query(self._client, holding, uid).limit(PAGE)
        if after is not None:
            query = query.start_after({"__name__": after})
        found = [database.stored(snapshot) for snapshot in query.stream(**PATIENCE)]
        return [document for document in found if document is not None]

    @translated
    def clear(self, holding: Holding, uid: str) -> bool:
        """Delete a page of *uid*'s documents in *holding*; return whether none is left.

        A document that changes meanwhile stays for the next call: a target may have become another
        user's. So do the errands that end the erasure.

        **Cost:** 1 read + 1 delete each, 1 read when there are none; settings 1 delete.

        """
        if holding.place == "id":
            self._collection(holding).document(uid).delete(**PATIENCE)
            return True
        query = held_query(self._client, holding, uid).select([]).limit(CLEAR_PAGE)
        found = list(query.stream(**PATIENCE))
        kept = {erasure.errand_id(uid), membership.errand_id(uid)}
        batch = self._client.batch()
        for snapshot in found:
            if snapshot.id not in kept:
                option = self._client.write_option(last_update_time=snapshot.update_time)
                batch.delete(snapshot.reference, option=option)
        try:
            if len(batch):
                batch.commit(**PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return len(found) < CLEAR_PAGE

    def _collection(self, holding: Holding) -> CollectionReference:
        return self._client.collection(holding.collection)
