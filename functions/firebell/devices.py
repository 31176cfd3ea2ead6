"""Targets in Firestore: whose a device is, decided in one transaction over its users."""

from collections.abc import Callable, Iterable
from typing import cast

from google.cloud import firestore
from google.cloud.firestore_v1 import Client
from google.cloud.firestore_v1.transaction import Transaction

from firebell.core import record, roster
from firebell.core.model import Device, Recipient, Target
from firebell.core.roster import Placement
from firebell.database import PATIENCE, translated
from firebell.errors import NotAllowed
from firebell.recipients import Recipients, device_fields


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
    def register(self, uid: str, device: Device) -> tuple[Placement, bool]:
        """Make *device* one of *uid*'s, and nobody else's, in one transaction.

        Returns:
            What changed, and whether the device was another user's until now.

        Raises:
            NotAllowed: The user was erased.

        **Cost:** 2 reads (3 for a legacy token), 1 more for a former owner; unchanged: no write,
        else 2 writes (3 for a legacy token), 1 more for a former owner, and 1 or 2 deletes for each
        device that is replaced or gives way.

        """
        run = firestore.transactional(self._register)
        return cast(tuple[Placement, bool], run(self._client.transaction(), uid, device))

    @translated
    def unregister(self, uid: str, device_id: str, target: Target) -> bool:
        """Remove the device if *uid* still holds it with *target*; return whether that was so.

        **Cost:** 1 read, then 1 write and 1 delete (2 for a legacy token) when there is something
        to remove.
        """
        run = firestore.transactional(self._unregister)
        return cast(bool, run(self._client.transaction(), uid, device_id, target))

    def _register(
        self, transaction: Transaction, uid: str, device: Device
    ) -> tuple[Placement, bool]:
        recipient = self._read_in(transaction, uid)
        keys = roster.ownership_keys(device)
        owners = self._owners(transaction, keys)
        former = self._former_owners(transaction, owners - {uid})
        if recipient is not None and recipient.erased_at is not None:
            raise NotAllowed("user_erased", "registering a device")
        held = recipient.devices if recipient is not None else {}
        placement = roster.place(held, device)
        if placement.is_unchanged and owners == {uid}:
            return placement, False
        for owner in former:
            if removed := roster.holding(owner.devices, keys):
                self._remove_in(transaction, owner, removed, kept=keys)
        self._write_placement(transaction, uid, recipient, placement)
        return placement, bool(former)

    def _unregister(
        self, transaction: Transaction, uid: str, device_id: str, target: Target
    ) -> bool:
        recipient = self._read_in(transaction, uid)
        device = recipient.devices.get(device_id) if recipient is not None else None
        if recipient is None or device is None or device.target != target:
            return False
        self._remove_in(transaction, recipient, (device,))
        return True

    def _owners(self, transaction: Transaction, keys: Iterable[str]) -> set[str | None]:
        """Return whom `targets` names for *keys*; None stands for nobody."""
        claims = [self._target(key).get(transaction=transaction).to_dict() for key in sorted(keys)]
        return {None if claim is None else str(claim["uid"]) for claim in claims}

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
        stale = (*placement.evicted, *((placement.replaced,) if placement.replaced else ()))
        for key in roster.all_ownership_keys(stale) - keys:
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
