"""What the API has accepted, in Firestore: outbox documents, and the requests for them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, cast

from google.api_core import exceptions
from google.cloud.firestore_v1 import Client, DocumentReference, WriteBatch

from firebell import database
from firebell.core import schema
from firebell.core.model import AcceptedRequest
from firebell.database import PATIENCE, translated

Documents: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Outbox documents by their ids."""

_TAKEN: Final = (
    exceptions.AlreadyExists,
    exceptions.FailedPrecondition,
    exceptions.NotFound,
)


class RequestStore:
    """Creates the outbox documents of requests, each once. Thread-safe, as its client is.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client, *, due_shard: Callable[[], int]) -> None:
        """Use *client*; *due_shard* picks one of `DUE_SHARDS` at random for each due document."""
        self._client = client
        self._due_shard = due_shard

    @translated
    def create(self, documents: Documents) -> None:
        """Create *documents*, all or none; if their ids are taken, an earlier try did so.

        **Cost:** 1 write each.
        """
        try:
            self._batch(documents).commit(**PATIENCE)
        except exceptions.AlreadyExists:
            return

    @translated
    def advance(
        self, request: AcceptedRequest, version: datetime | None, documents: Documents
    ) -> datetime | None:
        """Create *documents* and note *request*, which counts them, in the same step.

        Args:
            request: As it then is.
            version: What it replaces; None when it is new.
            documents: The next ones.

        Returns:
            Its new version, or None, and nothing was written: somebody else has moved it.

        **Cost:** 1 write for each document and 1 for the request.

        """
        batch = self._batch(documents)
        if version is None:
            batch.create(self._request(request.id), _document(request))
        else:
            option = self._client.write_option(last_update_time=version)
            progress = {name: _document(request)[name] for name in ("state", "written")}
            batch.update(self._request(request.id), progress, option=option)
        try:
            results = batch.commit(**PATIENCE)
        except _TAKEN:
            return None
        return cast(datetime, results[-1].update_time)

    @translated
    def read(self, request_id: str) -> tuple[AcceptedRequest, datetime] | None:
        """Return a request and its version, None when there is none. **Cost:** 1 read."""
        found = database.stored(self._request(request_id).get(**PATIENCE))
        if found is None:
            return None
        request = AcceptedRequest(
            id=found.id,
            caller=found.data["caller"],
            body_hash=found.data["bodyHash"],
            seed=found.data["seed"],
            created_at=found.data["createdAt"],
            count=found.data["count"],
            written=found.data["written"],
        )
        return request, found.version

    def _batch(self, documents: Documents) -> WriteBatch:
        batch = self._client.batch()
        outbox = self._client.collection(schema.OUTBOX)
        for document_id, document in documents.items():
            due = {"dueShard": self._due_shard()} if "dueAt" in document else {}
            batch.create(outbox.document(document_id), {**document, **due})
        return batch

    def _request(self, request_id: str) -> DocumentReference:
        return self._client.collection(schema.REQUESTS).document(request_id)


def _document(request: AcceptedRequest) -> dict[str, Any]:
    return {
        "caller": request.caller,
        "bodyHash": request.body_hash,
        "seed": request.seed,
        "state": "done" if request.is_done else "writing",
        "count": request.count,
        "written": request.written,
        "createdAt": request.created_at,
        "expireAt": request.created_at + timedelta(seconds=schema.REQUEST_LIFE_S),
    }
