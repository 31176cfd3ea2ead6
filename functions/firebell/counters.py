"""Counts in Firestore that expire: how often something was done to somebody in a window of time."""

from datetime import datetime
from typing import cast

from google.cloud import firestore
from google.cloud.firestore_v1 import Client

from firebell.core import schema
from firebell.database import PATIENCE_S, translated


class Counters:
    """The collection `counters`, one document for each subject and window. Thread-safe.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client) -> None:
        """Use *client*."""
        self._client = client

    @translated
    def increment(
        self, counter_id: str, *, expire_at: datetime, amount: int = 1, uid: str | None = None
    ) -> int:
        """Add *amount* to a counter and return what it then is; two at once get different numbers.

        It is not tried again: a call whose answer was lost would count twice.

        Args:
            counter_id: Hash of kind, subject and window.
            expire_at: When the document may go (TTL field).
            amount: How many to add, at least 1.
            uid: Whose doing is counted, so that an erasure finds the document; None for no user's.

        **Cost:** 1 write.

        """
        batch = self._client.batch()
        reference = self._client.collection(schema.COUNTERS).document(counter_id)
        document = {"count": firestore.Increment(amount), "expireAt": expire_at}
        if uid is not None:
            document["uid"] = uid
        batch.set(reference, document, merge=True)
        (result,) = batch.commit(retry=None, timeout=PATIENCE_S)
        return cast(int, result.transform_results[0].integer_value)
