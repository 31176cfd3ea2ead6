"""Recipients in Firestore: users with their devices, changed on condition that nobody else did."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, cast

from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1 import Client, DocumentReference
from google.cloud.firestore_v1.base_batch import BaseBatch
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.query import Query

from firebell import database
from firebell.core import membership, record, roster, schema
from firebell.core.model import Device, Recipient
from firebell.core.roster import Revision
from firebell.database import PATIENCE, Stored, translated

UNSEEN_LIMIT = 200
"""Recipients read by one query of a pruning: with 20 devices each, some 2 MB."""


def unseen_query(client: Client, day: str) -> Query:
    """Return recipients with a device last seen before *day*, longest unseen first."""
    return (
        client.collection(schema.RECIPIENTS)
        .where(filter=FieldFilter("oldestSeenOn", "<", day))
        .order_by("oldestSeenOn")
        .order_by("__name__")
        .limit(UNSEEN_LIMIT)
    )


QUERIES: dict[str, Callable[[Client], Query]] = {
    "recipients with an unseen device": lambda client: unseen_query(client, "9999-12-31"),
}
"""Each query of this module; a test holds firestore.indexes.json against them."""


class Recipients:
    """Users with their devices, in Firebell's words. Thread-safe, as its client is.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client) -> None:
        """Use *client*."""
        self._client = client

    @translated
    def read(self, uid: str) -> tuple[Recipient, Stored] | None:
        """Return a user's recipient, checked and as stored. **Cost:** 1 read."""
        found = database.stored(self._recipient(uid).get(**PATIENCE))
        return None if found is None else (record.recipient_from(uid, found.data), found)

    def settle(
        self, uid: str, found: Stored, *, gone: Iterable[Device], suspect: Iterable[Device]
    ) -> None:
        """Remove *gone* devices and set *suspect* ones aside, where they still hold that target.

        Args:
            uid: Whose devices.
            found: The recipient as read before sending.
            gone: Devices FCM no longer knows.
            suspect: Devices whose target FCM refused.

        **Cost:** see `revise`.

        """
        gone, suspect = tuple(gone), tuple(suspect)
        if gone or suspect:
            self.revise(uid, found, partial(roster.settle, gone=gone, suspect=suspect))

    @translated
    def revise(
        self,
        uid: str,
        found: Stored,
        revise: Callable[[Mapping[str, Device]], Revision],
        *,
        tells_topics: bool = False,
    ) -> Revision:
        """Change a user's devices as *revise* says, and return what was changed.

        Args:
            uid: Whose devices.
            found: The recipient as read before; when it changed meanwhile it is read again.
            revise: Is asked with the devices as read, again with each reading.
            tells_topics: Leave an errand for the topics that removed devices are in, and changed
                ones are not; needless for targets that FCM has disowned.

        **Cost:** 1 write, 1 more for such an errand, and 1 delete for each removed device (2 for a
        legacy token); 1 read more for each time the recipient changed meanwhile; nothing when there
        is nothing to change.

        """
        current: Stored | None = found
        while current is not None:
            recipient = record.recipient_from(uid, current.data)
            revision = revise(recipient.devices)
            errand = _errand(recipient, revision, current) if tells_topics else None
            if revision == Revision() or self._try_update(current, recipient, revision, errand):
                return revision
            current = database.stored(self._recipient(uid).get(**PATIENCE))
        return Revision()

    @translated
    def mark_woken(self, uid: str, found: Stored, *, at: datetime) -> Stored | None:
        """Note that *uid*'s iOS apps are woken at *at*; return the recipient as it then is.

        None when it changed since *found*: then somebody else may be waking them.

        **Cost:** 1 write.
        """
        option = self._client.write_option(last_update_time=found.version)
        try:
            result = self._recipient(uid).update({"wokenAt": at}, option=option, **PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            return None
        return replace(found, version=cast(datetime, result.update_time))

    @translated
    def unseen(self, day: str, *, after: Stored | None = None) -> list[Stored]:
        """Return recipients with a device last seen before *day*, longest unseen first.

        Args:
            day: A UTC date (ISO 8601).
            after: The last one of the page before; at most `UNSEEN_LIMIT` make a page.

        **Cost:** 1 read each, 1 when there are none.

        """
        query = unseen_query(self._client, day)
        if after is not None:
            place = {"oldestSeenOn": after.data["oldestSeenOn"], "__name__": after.id}
            query = query.start_after(place)
        found = [database.stored(snapshot) for snapshot in query.stream(**PATIENCE)]
        return [recipient for recipient in found if recipient is not None]

    def _try_update(
        self,
        current: Stored,
        recipient: Recipient,
        revision: Revision,
        errand: tuple[str, dict[str, Any]] | None,
    ) -> bool:
        """Write the recipient and delete its removed targets, unless it changed since *current*."""
        batch = self._client.batch()
        batch.update(
            self._recipient(recipient.uid),
            device_fields(
                recipient.devices,
                removed=revision.removed,
                changes={d.id: record.device_document(d) for d in revision.changed},
            ),
            option=self._client.write_option(last_update_time=current.version),
        )
        for key in roster.all_ownership_keys(revision.removed):
            batch.delete(self._target(key))
        stage_errand(batch, self._client, errand)
        try:
            batch.commit(**PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return True

    def _recipient(self, uid: str) -> DocumentReference:
        return self._client.collection(schema.RECIPIENTS).document(uid)

    def _target(self, key: str) -> DocumentReference:
        return self._client.collection(schema.TARGETS).document(key)


def device_fields(
    held: Mapping[str, Device], *, removed: tuple[Device, ...], changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the update that writes *changes* and takes *removed* out of a recipient's devices."""
    fields: dict[str, Any] = {device_path(device_id): value for device_id, value in changes.items()}
    fields |= {device_path(device.id): firestore.DELETE_FIELD for device in removed}
    gone = {device.id for device in removed}
    left = [device for device_id, device in held.items() if device_id not in gone]
    return {**fields, "oldestSeenOn": roster.oldest_seen_on(left)}


def stage_errand(
    writes: BaseBatch, client: Client, errand: tuple[str, Mapping[str, Any]] | None
) -> None:
    """Add *errand* (id and fields), if there is one, to *writes*, merged into one that is there.

    It counts how often that was done: a write that changes nothing keeps a document's version, and
    a run that has not seen this change would delete the errand.
    """
    if errand is not None:
        reference = client.collection(schema.OUTBOX).document(errand[0])
        fields = {**errand[1], "changes": firestore.Increment(1)}
        writes.set(reference, fields, merge=True)


def _errand(
    recipient: Recipient, revision: Revision, current: Stored
) -> tuple[str, dict[str, Any]] | None:
    departed = membership.departing(recipient, revision.removed)
    return membership.errand(recipient, revision.changed, departed=departed, now=current.version)


def device_path(device_id: str) -> str:
    """Return the field path of one device; quoted, since an id may hold '-'."""
    return f"devices.`{device_id}`"
