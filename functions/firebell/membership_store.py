"""Topics in Firestore: what users want, and what FCM is believed to hold of their devices."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from google.api_core import exceptions
from google.cloud.firestore_v1 import Client

from firebell import database
from firebell.core import lifecycle, membership, record
from firebell.core.membership import Departed, Wish
from firebell.core.model import Recipient
from firebell.database import PATIENCE, Stored, translated
from firebell.errors import NotAllowed
from firebell.recipients import Recipients, device_path, stage_errand


class MembershipStore(Recipients):
    """Recipients, and the topics that they and their devices are in. Thread-safe.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client, *, partition: Callable[[], int]) -> None:
        """Use *client*; *partition* gives each new recipient its random integer."""
        super().__init__(client)
        self._partition = partition

    @translated
    def change(self, uid: str, change: Callable[[Recipient], Recipient], *, now: datetime) -> bool:
        """Change *uid*'s topics, and leave the errand that tells FCM, in one step.

        Args:
            uid: Whose; a user without a recipient gets one if there is something to write.
            change: Is asked with the recipient as read, again with each reading.
            now: Aware UTC.

        Returns:
            Whether there is such an errand.

        Raises:
            NotAllowed: The user was erased.

        **Cost:** 1 read; 1 write if something changes, 1 for the errand; the read again for each
        time the recipient changed meanwhile.

        """
        while True:
            found = self.read(uid)
            before, stored = found if found is not None else (Recipient(uid=uid), None)
            if before.erased_at is not None:
                raise NotAllowed("user_erased", "changing topics")
            after = change(before)
            errand = membership.errand(after, after.devices.values(), now=now)
            if self._try_write(before, after, stored, errand):
                return errand is not None

    def hand_over(
        self,
        departed: Departed,
        *,
        now: datetime,
        adopt: Callable[[Recipient, Departed], Recipient] = membership.adopt,
    ) -> bool:
        """Let the present owner of a target that left somebody answer for its topics.

        Args:
            departed: The target, and the topics.
            now: Aware UTC.
            adopt: What becomes of the owner; `membership.doubt` once FCM was told.

        Returns:
            Whether somebody owns it.

        **Cost:** 1 read; for an owned one 2 reads more, and 2 writes if it brings topics.

        """
        uid = self._owner(departed)
        found = self.read(uid) if uid is not None else None
        if uid is None or found is None or not membership.holds(found[0], departed.target):
            return False
        self.change(uid, lambda owner: adopt(owner, departed), now=now)
        return True

    @translated
    def note(
        self, uid: str, found: Stored, done: Iterable[Wish], *, now: datetime
    ) -> tuple[Wish, ...]:
        """Note what FCM has *done* for *uid*'s devices; return what it is still to be told of them.

        A target that left the user meanwhile is told to leave the topics, by an errand.

        **Cost:** 1 write if something was done; 1 read more for each time the recipient changed.

        """
        done = tuple(done)
        current: Stored | None = found
        while True:
            data = current.data if current is not None else {}
            before = record.recipient_from(uid, data)
            after, departed = membership.note(before, done)
            errand = membership.errand(after, (), departed=departed, now=now)
            if self._try_write(before, after, current, errand):
                return membership.owed(after.topics, after.devices.values())
            current = database.stored(self._recipient(uid).get(**PATIENCE))

    @translated
    def _owner(self, departed: Departed) -> str | None:
        key = lifecycle.target_hash(departed.target)
        claim = self._target(key).get(**PATIENCE).to_dict()
        return None if claim is None else str(claim["uid"])

    def _try_write(
        self,
        before: Recipient,
        after: Recipient,
        stored: Stored | None,
        errand: tuple[str, dict[str, Any]] | None,
    ) -> bool:
        """Write what differs, and *errand*, unless the recipient changed since it was *stored*."""
        if after == before and errand is None:
            return True
        batch = self._client.batch()
        reference = self._recipient(before.uid)
        fields = _changes(before, after)
        if stored is not None and fields:
            option = self._client.write_option(last_update_time=stored.version)
            batch.update(reference, fields, option=option)
        elif fields:
            new = {"devices": {}, "partition": self._partition()}
            batch.create(reference, {**new, **fields})
        stage_errand(batch, self._client, errand)
        try:
            batch.commit(**PATIENCE)
        except (exceptions.AlreadyExists, exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return True


def _changes(before: Recipient, after: Recipient) -> dict[str, Any]:
    """Return the update that turns *before*'s topics into *after*'s."""
    fields: dict[str, Any] = {
        device_path(device.id): record.device_document(device)
        for device in after.devices.values()
        if device != before.devices[device.id]
    }
    return fields if after.topics == before.topics else {**fields, "topics": list(after.topics)}
