"""Turns a device of another system into a line of Firebell's import, or says why that cannot be.

Pure: it knows neither Django nor the network. Firebell checks every line again; what it would
refuse for sure is found here, so that a dry run can tell.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

LEGACY_TOKEN: Final = re.compile(r"[A-Za-z0-9_:.%=-]{32,4096}\Z")
"""Form of a registration token, as Firebell checks it."""
UID: Final = re.compile(r"(?!\.{1,2}\Z)(?!__.*__\Z)[^/\n]{1,128}\Z")
"""Form of a uid, as Firebase and Firestore allow it."""
PLATFORMS: Final = ("android", "ios", "web")
MAX_LABEL_CHARACTERS: Final = 100
"""Firebell's limit; fcm-django's names may have 255."""

NO_USER: Final = "no user: Firebell sends to users"
NO_UID: Final = "its user has no uid that Firebase could hold"
NO_TARGET: Final = "its registration token is malformed"
NO_PLATFORM: Final = "its platform is unknown: say it with --platform"
OTHER_PLATFORM: Final = "its type is none of android, ios, web"
GCM: Final = "GCM, which Google switched off in 2019"
OTHER_APPLICATION: Final = "another application_id than --application-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A device as another system holds it; `uid` None: it has no user."""

    uid: object
    target: str
    platform: str | None
    is_active: bool
    created_at: datetime | None
    label: str | None
    origin: str


def line(found: Found) -> bytes | str:
    """Return *found* as a line of the import, or the reason why it cannot be one."""
    problem = _problem(found)
    if problem is not None:
        return problem
    fields: dict[str, Any] = {
        "uid": found.uid,
        "legacyToken": found.target,
        "platform": found.platform,
        "importedFrom": found.origin,
        "active": found.is_active,
    }
    if found.created_at is not None:
        fields["createdAt"] = found.created_at.isoformat()
    if found.label:
        fields["label"] = found.label[:MAX_LABEL_CHARACTERS]
    return json.dumps(fields, ensure_ascii=False).encode(errors="replace")


def _problem(found: Found) -> str | None:
    if found.uid is None:
        return NO_USER
    if not isinstance(found.uid, str) or not UID.match(found.uid):
        return NO_UID
    if found.platform is None:
        return NO_PLATFORM
    if found.platform not in PLATFORMS:
        return OTHER_PLATFORM
    return None if LEGACY_TOKEN.match(found.target) else NO_TARGET
