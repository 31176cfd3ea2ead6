"""The settings' copy in the recipients: written in the order of the settings, not of the events."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from google.api_core import exceptions
from google.cloud.firestore_v1 import Client, DocumentReference

from firebell import database
from firebell.core import record, schema
from firebell.core.model import UserSettings
from firebell.database import PATIENCE, Stored, translated


class SettingsStore:
    """What users chose, where delivery reads it. Thread-safe, as its client is.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client, *, partition: Callable[[], int]) -> None:
        """Use *client*; *partition* gives each new recipient its random integer."""
        self._client = client
        self._partition = partition

    @translated
    def copy(self, uid: str, settings: UserSettings, *, version: datetime) -> bool:
        """Make *settings* those of *uid*'s recipient, which is created if there is none.

        A recipient whose settings are as new, or newer, keeps them; an erased one stays as it is,
        and the document goes, if it still has *version*.

        Args:
            uid: Whose settings.
            settings: The whole of them; they replace what was there.
            version: Of the document they were read from; rises with each of its writes.

        Returns:
            Whether they were written.

        **Cost:** 1 read, then 1 write unless nothing is to be done; 1 read more for each time the
        recipient changed meanwhile; 1 read + 1 delete for an erased user.

        """
        fields = {"settings": record.settings_document(settings), "settingsVersion": version}
        reference = self._client.collection(schema.RECIPIENTS).document(uid)
        while True:
            found = database.stored(reference.get(**PATIENCE))
            if found is not None and found.data.get("erasedAt") is not None:
                self._remove(uid, version)
                return False
            if found is not None and not _may_take(found, version):
                return False
            if self._try_write(reference, found, fields):
                return True

    def _remove(self, uid: str, version: datetime) -> None:
        """Delete the settings that an app wrote for an erased user, unless they changed since."""
        option = self._client.write_option(last_update_time=version)
        try:
            self._client.collection(schema.SETTINGS).document(uid).delete(option=option, **PATIENCE)
        except (exceptions.FailedPrecondition, exceptions.NotFound):
            return

    def _try_write(
        self, reference: DocumentReference, found: Stored | None, fields: Mapping[str, Any]
    ) -> bool:
        """Write *fields*, unless the recipient changed since it was *found*."""
        try:
            if found is None:
                new = {"devices": {}, "partition": self._partition(), **fields}
                reference.create(new, **PATIENCE)
            else:
                option = self._client.write_option(last_update_time=found.version)
                reference.update(dict(fields), option=option, **PATIENCE)
        except (exceptions.AlreadyExists, exceptions.FailedPrecondition, exceptions.NotFound):
            return False
        return True


def _may_take(recipient: Stored, version: datetime) -> bool:
    """Tell whether settings of *version* are news to *recipient*."""
    held = recipient.data.get("settingsVersion")
    return held is None or held < version
