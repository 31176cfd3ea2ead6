"""Devices brought over from another system, in Firestore: added where nobody has them already."""

from collections.abc import Callable, Collection
from typing import Any

from google.api_core import exceptions
from google.cloud.firestore_v1 import Client, WriteBatch

from firebell.core import importing, membership, record, roster
from firebell.core.importing import Admission, Answer, Entry
from firebell.core.model import Device, Document, Recipient
from firebell.database import PATIENCE, Stored, translated
from firebell.recipients import Recipients, device_fields, stage_errand


class ImportStore(Recipients):
    """Recipients, and devices that come to them from elsewhere. Thread-safe, as its client is.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client, *, partition: Callable[[], int]) -> None:
        """Use *client*; *partition* gives each new recipient its random integer."""
        super().__init__(client)
        self._partition = partition

    def admit(self, wanted: Entry, *, compares: bool) -> Answer:
        """Add *wanted* to its user's devices, unless anybody has it; nothing that is here changes.

        Args:
            wanted: The device, and whose.
            compares: Say of a known one what is otherwise here.

        **Cost:** 1 read (2 for a legacy token) when it is known, 1 more to compare it with its
        user's; else 1 read more and 2 writes (3 for a legacy token), 1 or 2 deletes for a device
        that gives way or is replaced; the reads again for each time something changed meanwhile.

        """
        while True:
            owners = self._owners(wanted)
            if owners[_of_target(wanted)] or set(owners.values()) - {None, wanted.uid}:
                return self._known(wanted, owners.values(), compares=compares)
            found = self.read(wanted.uid)
            if found is not None and found[0].erased_at is not None:
                return Answer(result="erased")
            admission = importing.admit(found[0].devices if found is not None else {}, wanted)
            if isinstance(admission, Answer):
                is_known = admission.result == "known"
                known = self._known(wanted, owners.values(), compares=compares)
                return known if is_known else admission
            if self._try_add(wanted.uid, found, admission):
                is_active = wanted.device.state == "active"
                return Answer(result="imported" if is_active else "disabled")

    def _known(self, wanted: Entry, owners: Collection[str | None], *, compares: bool) -> Answer:
        if not compares:
            return Answer(result="known")
        found = self.read(wanted.uid) if set(owners) <= {None, wanted.uid} else None
        held = found[0].devices if found is not None else {}
        differs = importing.differences(wanted, owners, held)
        return Answer(result="differs" if differs else "known", differs=differs)

    @translated
    def _owners(self, wanted: Entry) -> dict[str, str | None]:
        """Return whom `targets` names for a device's keys; None stands for nobody."""
        names = [self._target(key) for key in sorted(roster.ownership_keys(wanted.device))]
        claims = self._client.get_all(names, **PATIENCE)
        found = {claim.id: claim.to_dict() for claim in claims}
        return {key: None if claim is None else str(claim["uid"]) for key, claim in found.items()}

    @translated
    def _try_add(
        self, uid: str, found: tuple[Recipient, Stored] | None, admission: Admission
    ) -> bool:
        """Write an admitted device, unless its user or the owner of its target changed."""
        batch = self._client.batch()
        self._stage_recipient(batch, uid, found, admission)
        stage_errand(batch, self._client, _errand(found, admission))
        keys = roster.ownership_keys(admission.device)
        for key in roster.all_ownership_keys(admission.left) - keys:
            batch.delete(self._target(key))
        had = roster.ownership_keys(admission.replaced) if admission.replaced else frozenset()
        for key in keys - had:
            batch.create(self._target(key), {"uid": uid, "deviceId": admission.device.id})
        try:
            batch.commit(**PATIENCE)
        except (exceptions.AlreadyExists, exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return True

    def _stage_recipient(
        self,
        batch: WriteBatch,
        uid: str,
        found: tuple[Recipient, Stored] | None,
        admission: Admission,
    ) -> None:
        device = admission.device
        changes = {device.id: record.device_document(device)}
        if found is None:
            seen = {"oldestSeenOn": roster.oldest_seen_on([device])}
            new = {"devices": changes, "partition": self._partition(), **seen}
            batch.create(self._recipient(uid), new | _told(device, {}))
            return
        recipient, stored = found
        held = {**recipient.devices, device.id: device}
        fields = device_fields(held, removed=admission.evicted, changes=changes)
        option = self._client.write_option(last_update_time=stored.version)
        batch.update(self._recipient(uid), fields | _told(device, stored.data), option=option)


def _errand(
    found: tuple[Recipient, Stored] | None, admission: Admission
) -> tuple[str, dict[str, Any]] | None:
    """Return the errand about the topics of a device that comes, and of those that leave."""
    if found is None:
        return None
    recipient, stored = found
    departed = membership.departing(recipient, admission.left)
    return membership.errand(recipient, (admission.device,), departed=departed, now=stored.version)


def _of_target(wanted: Entry) -> str:
    return roster.ownership_key(wanted.device.target.value)


def _told(device: Device, recipient: Document) -> dict[str, str]:
    """Return what *device* tells of its user that is not known yet: what is here is more recent."""
    profile = {"timezone": device.timezone, "locale": device.locale}
    return {
        name: value
        for name, value in profile.items()
        if value is not None and recipient.get(name) is None
    }
