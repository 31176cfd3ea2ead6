"""The outbox in Firestore: notifications for later, and errands that functions leave for later."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1 import Client, DocumentReference

from firebell import database
from firebell.core import schema
from firebell.database import PATIENCE, Stored, translated

NOT_DUE: Final[dict[str, Any]] = {
    "dueAt": firestore.DELETE_FIELD,
    "dueShard": firestore.DELETE_FIELD,
}


class OutboxStore:
    """The outbox, in Firebell's words. Thread-safe, as its client is.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client, *, due_shard: Callable[[], int]) -> None:
        """Use *client*; *due_shard* picks one of `DUE_SHARDS` at random for each due document."""
        self._client = client
        self._due_shard = due_shard

    @translated
    def read(self, document_id: str) -> Stored | None:
        """Return an outbox document. **Cost:** 1 read."""
        return database.stored(self._reference(document_id).get(**PATIENCE))

    @translated
    def create(self, document_id: str, document: Mapping[str, Any]) -> None:
        """Create an outbox document; an existing one is left as it is. **Cost:** 1 write."""
        try:
            self._reference(document_id).create(dict(document), **PATIENCE)
        except exceptions.AlreadyExists:
            return

    @translated
    def leave_errand(
        self,
        document_id: str,
        document: Mapping[str, Any],
        *,
        due_at: datetime,
        union: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Write an errand, due at *due_at*; into one that is there already, *document* is merged.

        The lists in *union* are added to those that the errand holds, each entry once.

        **Cost:** 1 write.
        """
        due = {"dueAt": due_at, "dueShard": self._due_shard()}
        lists = {name: firestore.ArrayUnion(list(added)) for name, added in (union or {}).items()}
        self._reference(document_id).set({**document, **lists, **due}, merge=True, **PATIENCE)

    @translated
    def postpone_errand(
        self, errand: Stored, fields: Mapping[str, Any], *, due_at: datetime
    ) -> bool:
        """Change *fields* of *errand*, due again at *due_at*; return whether that was done.

        One that changed since it was read, or is gone, is left: another run has seen to it.

        **Cost:** 1 write.
        """
        option = self._client.write_option(last_update_time=errand.version)
        due = {"dueAt": due_at, "dueShard": self._due_shard()}
        try:
            self._reference(errand.id).update({**fields, **due}, option=option, **PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return True

    @translated
    def remove(self, document: Stored) -> bool:
        """Delete *document* unless it changed since it was read; return whether it was deleted.

        **Cost:** 1 delete.
        """
        option = self._client.write_option(last_update_time=document.version)
        try:
            self._reference(document.id).delete(option=option, **PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return True

    @translated
    def schedule(self, document_id: str, due_at: datetime) -> None:
        """Make an outbox document due at *due_at*; one that is gone was delivered.

        **Cost:** 1 write.
        """
        try:
            self._reference(document_id).update(
                {"dueAt": due_at, "dueShard": self._due_shard()}, **PATIENCE
            )
        except exceptions.NotFound:
            return

    @translated
    def set_aside(self, outbox: Stored, *, now: datetime) -> None:
        """Keep an outbox document that nobody can deliver, for people to see, and due no more.

        It lives for `KEPT_OUTBOX_LIFE_S`, or as long as it says itself.

        **Cost:** 1 write.
        """
        fields = dict(NOT_DUE)
        if not isinstance(outbox.data.get("expireAt"), datetime):
            fields["expireAt"] = now + timedelta(seconds=schema.KEPT_OUTBOX_LIFE_S)
        try:
            self._reference(outbox.id).update(fields, **PATIENCE)
        except exceptions.NotFound:
            return

    def _reference(self, document_id: str) -> DocumentReference:
        return self._client.collection(schema.OUTBOX).document(document_id)
