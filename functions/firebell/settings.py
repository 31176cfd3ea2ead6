"""Settings: from the document that their owner writes to the recipient that delivery reads."""

from datetime import timedelta

from firebell import log
from firebell.core import parse, user_settings
from firebell.database import Stored
from firebell.services import Services

TICK = timedelta(microseconds=1)
"""Between two commits to a Firestore document lies at least this: its clock counts in it."""


def copy(uid: str, before: Stored | None, after: Stored | None, services: Services) -> None:
    """Copy *uid*'s settings, which were *before* and are *after*, into the recipient.

    Events may come again and in any order: the latest settings stay. A deletion has no version of
    its own; it counts as the first change after the document it ended, so that whatever is created
    afterwards is newer. (An event's own time would not do: nothing ties it to the commit's.)

    Args:
        uid: Whose settings.
        before: None for settings that were created.
        after: None for settings that were deleted, which clears them in the recipient.
        services: What to write with.

    Raises:
        InvalidRequest: No user can have such a *uid*.
        Unavailable: Firestore cannot serve now; the event is worth repeating.

    **Cost:** nothing when delivery heeds none of what changed, else see `SettingsStore.copy`.

    """
    was, now_is = (document.data if document is not None else {} for document in (before, after))
    latest = after or before
    if latest is None or not user_settings.concerns_delivery(was, now_is):
        return
    uid = parse.uid(uid)
    chosen, ignored = user_settings.settings_from(now_is)
    if ignored:
        log.settings_ignored(uid, ignored)
    version = latest.version if after is not None else latest.version + TICK
    services.settings.copy(uid, chosen, version=version)
