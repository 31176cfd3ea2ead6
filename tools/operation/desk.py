"""What an operator works on: the project's Firestore, through the stores of the functions."""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import google.auth
from google.auth.transport.requests import Request
from google.cloud import firestore
from google.cloud.firestore_v1 import Client
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.query import Query

from firebell import config, database
from firebell.config import Settings
from firebell.core import record, schema
from firebell.core.deliveries import Delivery, State
from firebell.database import PATIENCE, translated
from firebell.outbox_store import OutboxStore
from firebell.recipients import Recipients
from firebell.reference import Reference
from firebell.store import Store
from tools.deployment.preflight import SCOPES

PAGE = 200
"""Deliveries read by one query."""
MOST_COUNTED = 1_000_000
"""Where counting ends: it bills 1 read per 1,000."""
COUNT_TIMEOUT_S = 60.0
"""What Firestore allows a count."""

EMULATOR = "FIRESTORE_EMULATOR_HOST"


def state_query(client: Client, state: State, uid: str | None) -> Query:
    """Return deliveries in *state*, of *uid* or of everybody."""
    query = client.collection(schema.DELIVERIES).where(
        filter=FieldFilter("state", "==", state.value)
    )
    return query if uid is None else query.where(filter=FieldFilter("uid", "==", uid))


def inbox_query(client: Client) -> Query:
    """Return every notification of every inbox, in the order of their paths."""
    everything: Query = client.collection_group(schema.INBOX).order_by("__name__")
    return everything.select(schema.STAMPED_FIELDS).limit(PAGE)


QUERIES: dict[str, Callable[[Client], Query]] = {
    "deliveries in a state": lambda client: state_query(client, State.FAILED, None),
    "a user's deliveries in a state": lambda client: state_query(client, State.FAILED, "uid"),
    "every notification": lambda client: inbox_query(client),
}
"""Each query of this module; a test holds firestore.indexes.json against them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A project, its stores, and what time it is."""

    settings: Settings
    client: Client
    store: Store
    outbox: OutboxStore
    recipients: Recipients
    reference: Reference
    now: datetime

    @property
    def place(self) -> str:
        """Where this works, in words: nobody shall take the emulator for the project."""
        emulator = os.environ.get(EMULATOR)
        place = f"project {self.settings.project_id}, database {self.settings.database}"
        return f"{place}, on the EMULATOR at {emulator}" if emulator else place

    @translated
    def set_paused(self, *, paused: bool) -> None:
        """Throw the stop switch; what else `config/runtime` says stays. **Cost:** 1 write."""
        reference = self.client.collection(schema.CONFIG).document(schema.RUNTIME)
        reference.set({"sendingPaused": paused}, merge=True, **PATIENCE)

    def in_state(self, state: State, uid: str | None = None) -> Iterator[tuple[Delivery, datetime]]:
        """Yield deliveries in *state* with their versions. **Cost:** 1 read each."""
        query = state_query(self.client, state, uid).limit(PAGE)
        page = self._page(query)
        while page:
            for snapshot in page:
                found = database.stored(snapshot)
                if found is not None:
                    yield record.delivery_from(found.id, found.data), found.version
            page = self._page(query.start_after(page[-1]))

    def inbox_page(self, after: str | None) -> list[Any]:
        """Return the next notifications behind the path *after*, with what stamping looks at.

        **Cost:** 1 read each, 1 when there are none.
        """
        query = inbox_query(self.client)
        if after is not None:
            query = query.start_after({"__name__": self.client.document(after)})
        return self._page(query)

    @translated
    def count(self, query: Query) -> int:
        """Return how many *query* finds, `MOST_COUNTED` at most. **Cost:** 1 read per 1,000."""
        count_query: Any = query.limit(MOST_COUNTED).count()  # its types lack `self`
        ((count,),) = count_query.get(**{**PATIENCE, "timeout": COUNT_TIMEOUT_S})
        return int(count.value)

    @translated
    def _page(self, query: Query) -> list[Any]:
        return list(query.stream(**PATIENCE))


def open_desk(project: str, database_name: str) -> Desk:
    """Connect with the operator's own credentials, or without any where the emulator is named.

    Raises:
        GoogleAuthError: There are no credentials, or they are used up.
        Misconfigured: A setting of the environment makes no sense.

    """
    settings = config.read({**os.environ, "GCLOUD_PROJECT": project})
    settings = replace(settings, database=database_name)
    client = database.connect(settings) if os.environ.get(EMULATOR) else _connect(settings)
    return Desk(
        settings=settings,
        client=client,
        store=Store(client, due_shard=_due_shard),
        outbox=OutboxStore(client, due_shard=_due_shard),
        recipients=Recipients(client),
        reference=Reference(client),
        now=datetime.now(UTC),
    )


def _connect(settings: Settings) -> Client:
    credentials, _ = google.auth.default(scopes=SCOPES, quota_project_id=settings.project_id)
    # Asked at once: later, Firestore's client would call a login that is used up an outage.
    credentials.refresh(Request())  # type: ignore[no-untyped-call] # google-auth has no types
    return firestore.Client(
        project=settings.project_id, database=settings.database, credentials=credentials
    )


def _due_shard() -> int:
    return random.randrange(schema.DUE_SHARDS)  # noqa: S311 - spreads an index
