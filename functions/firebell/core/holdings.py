"""Where a user is found: every collection, how it holds a uid, and what erasing does to it.

Export and erasure follow this table. A collection that it does not name fails a contract test.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from firebell.core import schema

Place: TypeAlias = Literal["id", "beneath", "field", "nowhere"]
"""Where a collection holds the uid: as a document's id, beneath the user's settings document, in a
field, or not at all."""
Fate: TypeAlias = Literal["deleted", "overwritten", "kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One collection: `name` is its key in an export, `field` what holds the uid."""

    collection: str
    place: Place
    name: str = ""
    field: str = ""
    fate: Fate = "deleted"


HOLDINGS: Final = (
    # First what makes documents in those below it.
    Holding(collection=schema.OUTBOX, place="field", field="uid", name="outbox"),
    Holding(collection=schema.TARGETS, place="field", field="uid", name="targets"),
    Holding(collection=schema.SETTINGS, place="id", name="settings"),
    Holding(collection=schema.INBOX, place="beneath", name="inbox"),
    Holding(collection=schema.BROADCAST_INBOX, place="beneath", name="broadcastInbox"),
    Holding(collection=schema.ANNOUNCEMENT_STATE, place="beneath", name="announcementState"),
    Holding(collection=schema.DELIVERIES, place="field", field="uid", name="deliveries"),
    Holding(collection=schema.COUNTERS, place="field", field="uid", name="counters"),
    Holding(collection=schema.REQUESTS, place="field", field="caller", name="requests"),
    Holding(collection=schema.RECIPIENTS, place="id", name="recipient", fate="overwritten"),
    Holding(collection=schema.TOMBSTONES, place="id", name="tombstone", fate="kept"),
    Holding(collection=schema.CONFIG, place="nowhere", fate="kept"),
    Holding(collection=schema.TEMPLATES, place="nowhere", fate="kept"),
)
"""Every collection, in the order in which an erasure goes through them."""

SINGLE: Final = tuple(holding for holding in HOLDINGS if holding.place == "id")
"""At most one document for each user."""
LISTED: Final = tuple(holding for holding in HOLDINGS if holding.place in ("beneath", "field"))
"""Any number of documents for each user."""


def value_of(holding: Holding, uid: str) -> str:
    """Return what *holding*'s field says in *uid*'s documents: requests know a hash alone."""
    if holding.collection == schema.REQUESTS:
        return hashlib.sha256(f"user:{uid}".encode()).hexdigest()
    return uid
