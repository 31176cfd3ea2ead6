"""Recipients and targets in Firestore: whose a device is, decided in one transaction."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1 import Client, DocumentReference
from google.cloud.firestore_v1.transaction import Transaction

from firebell import database
from firebell.core import record, roster, schema
from firebell.core.model import Device, Recipient, Target
from firebell.core.roster import Placement
from firebell.database import PATIENCE, Stored, translated
from firebell.errors import NotAllowed


class Devices:
    """Every user's devices, in Firebell's words. Thread-safe, as its client is.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client, *, partition: Callable[[], int]) -> None:
        """Use *client*; *partition* gives each new recipient its random integer."""
        self._client = client
        self._partition = partition

    @translated
    def read(self, uid: str) -> tuple[Recipient, Stored] | None:
        """Return a user's recipient, checked and as stored. **Cost:** 1 read."""
        found = database.stored(self._recipient(uid).get(**PATIENCE))
        return None if found is None else (record.recipient_from(uid, found.data), found)

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

    @translated
    def settle(
        self, uid: str, found: Stored, *, gone: Iterable[Device], suspect: Iterable[Device]
    ) -> None:
        """Remove *gone* devices and set *suspect* ones aside, where they still hold that target.

        Args:
            uid: Whose devices.
            found: The recipient as read before sending; when it changed meanwhile it is read again.
            gone: Devices FCM no longer knows.
            suspect: Devices whose target FCM refused.

        **Cost:** 1 write, and 1 delete for each gone device (2 for a legacy token); 1 read more for
        each time the recipient changed meanwhile; nothing when both are empty.

        """
        gone, suspect = tuple(gone), tuple(suspect)
        current: Stored | None = found
        while current is not None and (gone or suspect):
            held = record.recipient_from(uid, current.data).devices
            still_gone, still_suspect = roster.still(held, gone), roster.still(held, suspect)
            if not still_gone and not still_suspect:
                return
            changes = {d.id: record.device_document(roster.quarantine(d)) for d in still_suspect}
            if self._try_update(uid, current, held, removed=still_gone, changes=changes):
                return
            current = database.stored(self._recipient(uid).get(**PATIENCE))

    def _try_update(
        self,
        uid: str,
        current: Stored,
        held: Mapping[str, Device],
        *,
        removed: tuple[Device, ...],
        changes: Mapping[str, Any],
    ) -> bool:
        """Write the recipient and delete its removed targets, unless it changed since *current*."""
        batch = self._client.batch()
        batch.update(
            self._recipient(uid),
            _device_fields(held, removed=removed, changes=changes),
            option=self._client.write_option(last_update_time=current.version),
        )
        for key in roster.all_ownership_keys(removed):
            batch.delete(self._target(key))
        try:
            batch.commit(**PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return True

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
            self._remove_in(transaction, owner, roster.holding(owner.devices, keys), kept=keys)
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
            fields = _device_fields(held, removed=placement.evicted, changes={device.id: document})
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
        fields = _device_fields(recipient.devices, removed=removed, changes={})
        transaction.update(self._recipient(recipient.uid), fields)
        for key in roster.all_ownership_keys(removed) - kept:
            transaction.delete(self._target(key))

    def _read_in(self, transaction: Transaction, uid: str) -> Recipient | None:
        found = self._recipient(uid).get(transaction=transaction, **PATIENCE).to_dict()
        return None if found is None else record.recipient_from(uid, found)

    def _recipient(self, uid: str) -> DocumentReference:
        return self._client.collection(schema.RECIPIENTS).document(uid)

    def _target(self, key: str) -> DocumentReference:
        return self._client.collection(schema.TARGETS).document(key)


def _device_fields(
    held: Mapping[str, Device], *, removed: tuple[Device, ...], changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the update that writes *changes* and takes *removed* out of a recipient's devices."""
    fields: dict[str, Any] = {_path(device_id): value for device_id, value in changes.items()}
    fields |= {_path(device.id): firestore.DELETE_FIELD for device in removed}
    gone = {device.id for device in removed}
    left = [device for device_id, device in held.items() if device_id not in gone]
    return {**fields, "oldestSeenOn": roster.oldest_seen_on(left)}


def _path(device_id: str) -> str:
    """Return the field path of one device; quoted, since an id may hold '-'."""
    return f"devices.`{device_id}`"
