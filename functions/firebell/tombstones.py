"""Tombstones in Firestore: that a user was erased is written first, and stays for a while."""

from collections.abc import Callable
from datetime import datetime

from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1 import Client, DocumentReference
from google.cloud.firestore_v1.transaction import Transaction

from firebell import database
from firebell.core import erasure, membership, record, schema
from firebell.core.model import Recipient
from firebell.database import PATIENCE, Stored, translated
from firebell.errors import Conflict, NotFound
from firebell.recipients import stage_errand


class Tombstones:
    """Who was erased, in Firebell's words. Thread-safe, as its client is.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client, *, due_shard: Callable[[], int]) -> None:
        """Use *client*; *due_shard* picks one of `DUE_SHARDS` at random for each errand."""
        self._client = client
        self._due_shard = due_shard

    @translated
    def begin(self, uid: str, *, auth: bool, now: datetime) -> None:
        """Erase *uid* as a recipient, and write what the rest of the erasure needs, in one step.

        From then on nothing is sent to *uid*, and an errand ends the erasure whatever happens to
        its caller. Another one, which keeps the targets until then, has FCM take them out of their
        topics. Asked for again, it begins anew and remembers the first time.

        Args:
            uid: Who need not be known.
            auth: Whether the Auth user is to go, too; once asked for, it is not taken back.
            now: Aware UTC.

        **Cost:** 1 read + 3 writes, 1 write more if there are topics.

        """
        run = firestore.transactional(self._begin)
        run(self._client.transaction(), uid, auth, now)

    @translated
    def read(self, uid: str) -> Stored | None:
        """Return *uid*'s tombstone. **Cost:** 1 read."""
        return database.stored(self._tombstone(uid).get(**PATIENCE))

    @translated
    def finish(self, tombstone: Stored) -> bool:
        """Note that everything is erased, unless more was asked for since *tombstone* was read.

        **Cost:** 1 write.
        """
        option = self._client.write_option(last_update_time=tombstone.version)
        done = {"state": erasure.ERASED, "auth": firestore.DELETE_FIELD}
        try:
            self._tombstone(tombstone.id).update(done, option=option, **PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return True

    @translated
    def lift(self, uid: str) -> None:
        """Forget that *uid* was erased: the user may come back, as a new one.

        Raises:
            NotFound: There is no tombstone.
            Conflict: The erasure has not ended yet.

        **Cost:** 2 reads + 2 deletes.

        """
        run = firestore.transactional(self._lift)
        run(self._client.transaction(), uid)

    def _begin(self, transaction: Transaction, uid: str, auth: bool, now: datetime) -> None:
        found = self._recipient(uid).get(transaction=transaction, **PATIENCE).to_dict()
        remains = erasure.remains(found, now=now)
        tombstone = {**remains, "state": erasure.ERASING} | ({"auth": True} if auth else {})
        due = {"dueAt": erasure.errand_due_at(now), "dueShard": self._due_shard()}
        transaction.set(self._tombstone(uid), tombstone, merge=True)
        transaction.set(self._recipient(uid), remains)
        transaction.set(self._errand(uid), erasure.errand(uid, now=now) | due)
        recipient = record.recipient_from(uid, found or {})
        departed = membership.departing(recipient, recipient.devices.values())
        farewell = membership.errand(Recipient(uid=uid), (), departed=departed, now=now)
        stage_errand(transaction, self._client, farewell)

    def _lift(self, transaction: Transaction, uid: str) -> None:
        errand = self._errand(uid).get(transaction=transaction, **PATIENCE)
        tombstone = self._tombstone(uid).get(transaction=transaction, **PATIENCE)
        if not tombstone.exists:
            raise NotFound("tombstone", uid)
        if errand.exists:
            raise Conflict("uid", "is still being erased; try again in a few minutes")
        transaction.delete(self._recipient(uid))
        transaction.delete(self._tombstone(uid))

    def _errand(self, uid: str) -> DocumentReference:
        return self._client.collection(schema.OUTBOX).document(erasure.errand_id(uid))

    def _recipient(self, uid: str) -> DocumentReference:
        return self._client.collection(schema.RECIPIENTS).document(uid)

    def _tombstone(self, uid: str) -> DocumentReference:
        return self._client.collection(schema.TOMBSTONES).document(uid)
