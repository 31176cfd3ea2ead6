"""Deliveries and the inbox in Firestore: every path, query and write of them.

It decides nothing: the rules are in `core`, and what they return is written here on condition that
nobody else wrote in between.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from google.api_core import exceptions
from google.cloud.firestore_v1 import DELETE_FIELD, Client, DocumentReference
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.query import Query

from firebell import database
from firebell.core import record, schema
from firebell.core.deliveries import Delivery
from firebell.database import PATIENCE, Stored, translated
from firebell.outbox_store import NOT_DUE

DUE_LIMIT = 500
"""Due documents read by one query of a sweep."""


def due_query(client: Client, collection: str, now: datetime) -> Query:
    """Return what is due in *collection* at *now*, longest due first: one read when nothing is."""
    return (
        client.collection(collection)
        .where(filter=FieldFilter("dueShard", "in", list(range(schema.DUE_SHARDS))))
        .where(filter=FieldFilter("dueAt", "<=", now))
        .order_by("dueAt")
        .limit(DUE_LIMIT)
    )


def unread_query(client: Client, uid: str) -> Query:
    """Return the notifications in *uid*'s inbox that are neither read nor archived."""
    inbox = client.collection(schema.SETTINGS, uid, schema.INBOX)
    unread = inbox.where(filter=FieldFilter("readAt", "==", None))
    return unread.where(filter=FieldFilter("archivedAt", "==", None))


_EVER = datetime.max.replace(tzinfo=UTC)
QUERIES: dict[str, Callable[[Client], Query]] = {
    "due deliveries": lambda client: due_query(client, schema.DELIVERIES, _EVER),
    "due outbox": lambda client: due_query(client, schema.OUTBOX, _EVER),
    "unread": lambda client: unread_query(client, "uid"),
}
"""Each query of this module; a test holds firestore.indexes.json against them."""


class Store:
    """Firestore, in Firebell's words. Thread-safe, as its client is.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client, *, due_shard: Callable[[], int]) -> None:
        """Use *client*; *due_shard* picks one of `DUE_SHARDS` at random for each due document."""
        self._client = client
        self._due_shard = due_shard

    @translated
    def claim(self, delivery: Delivery) -> datetime | None:
        """Create *delivery*; return its version, or None when somebody has it already.

        **Cost:** 1 write.
        """
        try:
            result = self._delivery(delivery.id).create(
                self._delivery_document(delivery), **PATIENCE
            )
        except exceptions.AlreadyExists:
            return None
        return cast(datetime, result.update_time)

    @translated
    def claim_from_outbox(
        self, delivery: Delivery, outbox: Stored, inbox_document: Mapping[str, Any] | None
    ) -> datetime | None:
        """Create *delivery* for an outbox document, with its copy in the inbox if one is wanted.

        All or nothing, so that the inbox trigger finds the delivery claimed. Without an inbox
        document the outbox document stays until the delivery ends, but is no longer due.

        Returns:
            The delivery's version, or None when the delivery or the inbox document exists.

        **Cost:** 1 write; with an inbox document 2 writes and 1 delete; 1 write more when it was
        scheduled.
        """
        batch = self._client.batch()
        batch.create(self._delivery(delivery.id), self._delivery_document(delivery))
        if inbox_document is not None:
            batch.create(self._inbox(delivery.uid, delivery.notification_id), dict(inbox_document))
            batch.delete(self._outbox(outbox.id))
        elif "dueAt" in outbox.data:
            batch.update(self._outbox(outbox.id), NOT_DUE)
        try:
            results = batch.commit(**PATIENCE)
        except (exceptions.AlreadyExists, exceptions.NotFound):
            return None
        return cast(datetime, results[0].update_time)

    @translated
    def update_delivery(
        self,
        delivery: Delivery,
        version: datetime,
        *,
        finished_outbox: str | None = None,
        kept_outbox: tuple[str, datetime] | None = None,
    ) -> datetime | None:
        """Replace *delivery* if it still has *version*; return the new one, or None if it moved.

        Args:
            delivery: The whole next record.
            version: What this writer read or wrote last.
            finished_outbox: Id of an outbox document to delete in the same step.
            kept_outbox: Id of an outbox document that stays, and when it expires.

        **Cost:** 1 write, 1 delete with *finished_outbox*, 1 write with *kept_outbox*.

        """
        document = NOT_DUE | self._delivery_document(delivery)
        batch = self._client.batch()
        option = self._client.write_option(last_update_time=version)
        batch.update(self._delivery(delivery.id), document, option=option)
        if finished_outbox is not None:
            batch.delete(self._outbox(finished_outbox))
        if kept_outbox is not None:
            batch.update(self._outbox(kept_outbox[0]), {"expireAt": kept_outbox[1]})
        try:
            results = batch.commit(**PATIENCE)
        except exceptions.NotFound:
            if kept_outbox is None:
                return None
            # The outbox document was deleted meanwhile; what became of it is worth recording.
            return self.update_delivery(delivery, version, finished_outbox=finished_outbox)
        except exceptions.FailedPrecondition:
            return None
        return cast(datetime, results[0].update_time)

    @translated
    def forget_inbox(self, delivery: Delivery, version: datetime) -> None:
        """Delete *delivery* and its inbox document, unless the delivery has not *version* any more.

        **Cost:** 2 deletes.
        """
        batch = self._client.batch()
        option = self._client.write_option(last_update_time=version)
        batch.delete(self._delivery(delivery.id), option=option)
        batch.delete(self._inbox(delivery.uid, delivery.notification_id))
        try:
            batch.commit(**PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            return

    @translated
    def read_delivery(self, delivery_id: str) -> tuple[Delivery, datetime] | None:
        """Return the delivery and its version. **Cost:** 1 read."""
        found = database.stored(self._delivery(delivery_id).get(**PATIENCE))
        if found is None:
            return None
        return record.delivery_from(delivery_id, found.data), found.version

    @translated
    def read_inbox(self, uid: str, notification_id: str) -> Stored | None:
        """Return an inbox document. **Cost:** 1 read."""
        return database.stored(self._inbox(uid, notification_id).get(**PATIENCE))

    @translated
    def count_unread(self, uid: str) -> int:
        """Return how many notifications *uid* has neither read nor archived.

        **Cost:** 1 read per 1,000 counted, at least 1.
        """
        count_query: Any = unread_query(self._client, uid).count()  # its types lack `self`
        (row,) = count_query.get(**PATIENCE)
        (count,) = row
        return int(count.value)

    @translated
    def update_inbox(
        self, uid: str, document: Stored, changes: Mapping[str, Any], *, removed: Iterable[str] = ()
    ) -> bool:
        """Set *changes* and remove fields in *document* unless it changed; return whether it did.

        **Cost:** 1 write.
        """
        fields = {**changes, **dict.fromkeys(removed, DELETE_FIELD)}
        option = self._client.write_option(last_update_time=document.version)
        try:
            self._inbox(uid, document.id).update(fields, option=option, **PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return True

    @translated
    def mark_opened(self, uid: str, notification_id: str, *, at: datetime) -> datetime | None:
        """Let a notification be opened *at*, read and seen, where it was not yet.

        Returns:
            When it was opened first; None when there is no such notification.

        **Cost:** 1 read, then 1 write unless all is set; 1 read more when it changed meanwhile.

        """
        reference = self._inbox(uid, notification_id)
        while (found := database.stored(reference.get(**PATIENCE))) is not None:
            times = {name: found.data.get(name) for name in schema.OPENED_FIELDS}
            unset = [name for name, time in times.items() if not isinstance(time, datetime)]
            if not unset or self._try_mark(reference, found, dict.fromkeys(unset, at)):
                return at if "openedAt" in unset else times["openedAt"]
        return None

    @translated
    def due(
        self, collection: str, now: datetime, *, after: datetime | None = None
    ) -> list[tuple[str, datetime]]:
        """Return ids and due times in *collection*, longest due first, at most `DUE_LIMIT`.

        Args:
            collection: `deliveries` or the outbox.
            now: What is due by then, aware UTC.
            after: The last due time of the page before; others of that very instant are left out.

        **Cost:** 1 read each, 1 when there are none.

        """
        query = due_query(self._client, collection, now)
        if after is not None:
            query = query.start_after({"dueAt": after})
        return [
            (snapshot.id, snapshot.get("dueAt"))
            for snapshot in query.select(["dueAt"]).stream(**PATIENCE)
        ]

    def _try_mark(
        self, reference: DocumentReference, found: Stored, times: dict[str, datetime]
    ) -> bool:
        """Write *times*, unless the document changed since it was *found*."""
        option = self._client.write_option(last_update_time=found.version)
        try:
            reference.update(times, option=option, **PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return True

    def _delivery_document(self, delivery: Delivery) -> dict[str, Any]:
        return record.delivery_document(delivery, due_shard=self._due_shard())

    def _delivery(self, delivery_id: str) -> DocumentReference:
        return self._client.collection(schema.DELIVERIES).document(delivery_id)

    def _outbox(self, notification_id: str) -> DocumentReference:
        return self._client.collection(schema.OUTBOX).document(notification_id)

    def _inbox(self, uid: str, notification_id: str) -> DocumentReference:
        return self._client.collection(schema.SETTINGS, uid, schema.INBOX).document(notification_id)
