"""Targets in Firestore: whose a device is, decided in one transaction over its users."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from google.cloud import firestore
from google.cloud.firestore_v1 import Client
from google.cloud.firestore_v1.transaction import Transaction

from firebell.core import membership, record, roster
from firebell.core.model import Device, Recipient, Target
from firebell.core.roster import Placement
from firebell.database import PATIENCE, translated
from firebell.errors import NotAllowed
from firebell.recipients import Recipients, device_fields, stage_errand


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What registering did: `moved` from another user; FCM is to be told of topics."""

    placement: Placement
    moved: bool = False
    owes_topics: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A device was removed; `owes_topics` if FCM is to be told that it left some."""

    owes_topics: bool


class Devices(Recipients):
    """Recipients, and whose a device is. Thread-safe, as its client is.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client, *, partition: Callable[[], int]) -> None:
        """Use *client*; *partition* gives each new recipient its random integer."""
        super().__init__(client)
        self._partition = partition

    @translated
    def register(self, uid: str, device: Device) -> Registered:
        """Make *device* one of *uid*'s, and nobody else's, in one transaction.

        Raises:
            NotAllowed: The user was erased.

        **Cost:** 2 reads (3 for a legacy token), 1 more for a former owner; unchanged: no write,
        else 2 writes (3 for a legacy token), 1 more for a former owner, 1 more for an errand about
        topics, and 1 or 2 deletes for each device that is replaced or gives way.

        """
        run = firestore.transactional(self._register)
        return cast(Registered, run(self._client.transaction(), uid, device))

    @translated
    def unregister(
        self, uid: str, device_id: str, target: Target, *, now: datetime
    ) -> Departure | None:
        """Remove the device if *uid* still holds it with *target*; None when that is not so.

        **Cost:** 1 read, then 1 write and 1 delete (2 for a legacy token) when there is something
        to remove; 1 write more if it was in topics.
        """
        run = firestore.transactional(self._unregister)
        found = run(self._client.transaction(), uid, device_id, target, now)
        return cast(Departure | None, found)

    def _register(self, transaction: Transaction, uid: str, device: Device) -> Registered:
        recipient = self._read_in(transaction, uid)
        keys = roster.ownership_keys(device)
        owners = self._owners(transaction, keys)
        former = self._former_owners(transaction, owners - {uid})
        if recipient is not None and recipient.erased_at is not None:
            raise NotAllowed("user_erased", "registering a device")
        own = recipient or Recipient(uid=uid)
        device, left_behind = membership.moving(device, own.topics, former)
        placement = roster.place(own.devices, device)
        if placement.is_unchanged and owners == {uid}:
            return Registered(placement=placement)
        for owner in former:
            if removed := roster.holding(owner.devices, keys):
                self._remove_in(transaction, owner, removed, kept=keys)
        self._write_placement(transaction, uid, recipient, placement)
        departed = (*left_behind, *membership.departing(own, placement.left))
        errand = membership.errand(
            own, (placement.device,), departed=departed, now=device.last_seen_at
        )
        stage_errand(transaction, self._client, errand)
        return Registered(placement=placement, moved=bool(former), owes_topics=errand is not None)

    def _unregister(
        self, transaction: Transaction, uid: str, device_id: str, target: Target, now: datetime
    ) -> Departure | None:
        recipient = self._read_in(transaction, uid)
        device = recipient.devices.get(device_id) if recipient is not None else None
        if recipient is None or device is None or device.target != target:
            return None
        self._remove_in(transaction, recipient, (device,))
        departed = membership.departing(recipient, (device,))
        errand = membership.errand(recipient, (), departed=departed, now=now)
        stage_errand(transaction, self._client, errand)
        return Departure(owes_topics=errand is not None)

    def _owners(self, transaction: Transaction, keys: Iterable[str]) -> set[str | None]:
        """Return whom `targets` names for *keys*; None stands for nobody."""
        found = [
            self._target(key).get(transaction=transaction, **PATIENCE).to_dict()
            for key in sorted(keys)
        ]
        return {None if claim is None else str(claim["uid"]) for claim in found}

    def _former_owners(
        self, transaction: Transaction, owners: Iterable[str | None]
    ) -> list[Recipient]:
        names = sorted(owner for owner in owners if owner is not None)
        found = [self._read_in(transaction, name) for name in names]
        return [recipient for recipient in found if recipient is not None]

    def _write_placement(
        self, transaction: Transaction, uid: str, recipient: Recipient | None, placement: Placement
    ) -> None:
        device = placement.device
        document = record.device_document(device)
        told = {"timezone": device.timezone, "locale": device.locale}
        profile = {name: value for name, value in told.items() if value is not None}
        if recipient is None:
            new = {"devices": {device.id: document}, "partition": self._partition()}
            seen = {"oldestSeenOn": roster.oldest_seen_on([device])}
            transaction.create(self._recipient(uid), {**new, **seen, **profile})
        else:
            held = {**recipient.devices, device.id: device}
            fields = device_fields(held, removed=placement.evicted, changes={device.id: document})
            transaction.update(self._recipient(uid), {**fields, **profile})
        keys = roster.ownership_keys(device)
        for key in roster.all_ownership_keys(placement.left) - keys:
            transaction.delete(self._target(key))
        for key in keys:
            transaction.set(self._target(key), {"uid": uid, "deviceId": device.id})

    def _remove_in(
        self,
        transaction: Transaction,
        recipient: Recipient,
        removed: tuple[Device, ...],
        *,
        kept: frozenset[str] = frozenset(),
    ) -> None:
        """Remove *removed* from *recipient*, with the targets that name their owner but *kept*."""
        fields = device_fields(recipient.devices, removed=removed, changes={})
        transaction.update(self._recipient(recipient.uid), fields)
        for key in roster.all_ownership_keys(removed) - kept:
            transaction.delete(self._target(key))

    def _read_in(self, transaction: Transaction, uid: str) -> Recipient | None:
        found = self._recipient(uid).get(transaction=transaction, **PATIENCE).to_dict()
        return None if found is None else record.recipient_from(uid, found)
