"""What addresses a device: the two kinds of target, how they look, and how to make new ones.

This file alone knows the forms; whether a target is registered is the ledger's to say.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Literal

TargetKind = Literal["fid", "legacyToken"]
Platform = Literal["android", "ios", "web"]

# 22 characters of URL-safe base64 whose first four bits are 0111 (@firebase/installations).
_FID = re.compile(r"[cdef][\w-]{21}", re.ASCII)
# The installation's id, a colon, and what FCM's servers have begun with APA91b ever since.
_LEGACY_TOKEN = re.compile(r"[\w-]{22}:APA91b[\w-]{1,4000}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The address of one app installation."""

    kind: TargetKind
    value: str

    @property
    def is_well_formed(self) -> bool:
        """Whether FCM could have issued this value."""
        return is_fid(self.value) if self.kind == "fid" else is_legacy_token(self.value)


def is_fid(value: str) -> bool:
    """Tell whether *value* has the form of a Firebase Installation ID."""
    return _FID.fullmatch(value) is not None


def is_legacy_token(value: str) -> bool:
    """Tell whether *value* has the form of a registration token."""
    return _LEGACY_TOKEN.fullmatch(value) is not None


def new_fid() -> Target:
    """Make up a Firebase Installation ID that no device has."""
    return Target(kind="fid", value=_new_fid_value())


def new_legacy_token() -> Target:
    """Make up a registration token that no device has, as long as real ones."""
    return Target(
        kind="legacyToken", value=f"{_new_fid_value()}:APA91b{secrets.token_urlsafe(100)}"
    )


def _new_fid_value() -> str:
    return secrets.choice("cdef") + secrets.token_urlsafe(16)[:21]
