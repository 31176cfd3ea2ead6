"""Build the real clients on first use and keep them for the life of the instance.

The only place that looks at a clock or at chance; tests build their own `Services` on the
emulators.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from firebell import config, database, fcm, identity, topics
from firebell.auth_users import AuthUsers
from firebell.config import Settings
from firebell.core import schema
from firebell.counters import Counters
from firebell.devices import Devices
from firebell.fcm import Sender
from firebell.holdings_store import HoldingsStore
from firebell.identity import Identity
from firebell.import_store import ImportStore
from firebell.membership_store import MembershipStore
from firebell.outbox_store import OutboxStore
from firebell.permits import Permits
from firebell.reference import Reference
from firebell.requests_store import RequestStore
from firebell.settings_store import SettingsStore
from firebell.store import Store
from firebell.tasks import DeliverQueue
from firebell.tombstones import Tombstones
from firebell.topics import Topics


def utc_now() -> datetime:
    """Return the current instant, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a shell may touch. `chance` returns a float in [0, 1), `pause` waits seconds.

    A device unseen for `stale_days` days is called stale, for `remove_days` it is removed. With
    `firebase_worker` web devices show what Firebase's own service worker can show.
    Clients may join the topics in `client_topics`.
    """

    store: Store
    outbox: OutboxStore
    requests: RequestStore
    devices: Devices
    imports: ImportStore
    memberships: MembershipStore
    settings: SettingsStore
    reference: Reference
    counters: Counters
    holdings: HoldingsStore
    tombstones: Tombstones
    fcm: Sender
    topics: Topics
    queue: DeliverQueue
    identity: Identity
    permits: Permits
    auth_users: AuthUsers
    enforces_app_check: bool = False
    stale_days: int = config.STALE_DAYS
    remove_days: int = config.REMOVE_DAYS
    firebase_worker: bool = False
    client_topics: frozenset[str] = frozenset({config.CLIENT_TOPICS})
    clock: Callable[[], datetime] = utc_now
    chance: Callable[[], float] = random.random
    pause: Callable[[float], None] = time.sleep
    clears_elsewhere: bool = True


@cache
def get() -> Services:
    """Return this instance's services.

    Raises:
        Misconfigured: A setting is missing or contradicts another.

    """
    return build(config.read())


def build(settings: Settings) -> Services:
    """Return new services for *settings*."""
    client = database.connect(settings)
    counters = Counters(client)
    return Services(
        store=Store(client, due_shard=_due_shard),
        outbox=OutboxStore(client, due_shard=_due_shard),
        requests=RequestStore(client, due_shard=_due_shard),
        reference=Reference(client),
        counters=counters,
        auth_users=AuthUsers(),
        holdings=HoldingsStore(client),
        tombstones=Tombstones(client, due_shard=_due_shard),
        devices=Devices(client, partition=_partition),
        imports=ImportStore(client, partition=_partition),
        memberships=MembershipStore(client, partition=_partition),
        settings=SettingsStore(client, partition=_partition),
        fcm=fcm.connect(settings),
        topics=topics.connect(settings),
        queue=DeliverQueue(settings),
        identity=identity.connect(settings),
        permits=Permits(counters, settings.calls_per_minute),
        enforces_app_check=settings.enforces_app_check,
        stale_days=settings.stale_days,
        remove_days=settings.remove_days,
        firebase_worker=settings.firebase_worker,
        client_topics=settings.client_topics,
        clears_elsewhere=settings.clears_elsewhere,
    )


def _partition() -> int:
    return random.randrange(schema.PARTITIONS)  # noqa: S311 - cuts broadcasts, hides nothing


def _due_shard() -> int:
    return random.randrange(schema.DUE_SHARDS)  # noqa: S311 - spreads an index
