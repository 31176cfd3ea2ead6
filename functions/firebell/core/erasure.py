"""An erasure's lasting parts: the tombstone that remembers a uid, the errand that ends the work."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from firebell.core import schema

KIND: Final = "erase"
"""`kind` of an outbox document that goes on with an erasure, and looks once more at its end."""
ERASING: Final = "erasing"
ERASED: Final = "erased"


def errand_id(uid: str) -> str:
    """Return the id of the errand that erases *uid*: one, however often it is asked for."""
    return f"{KIND}-{hashlib.sha256(uid.encode()).hexdigest()[:32]}"


def may_be_errand(document_id: str) -> bool:
    """Tell whether an outbox document of that id can be such an errand, before reading it."""
    return document_id.startswith(f"{KIND}-")


def errand(uid: str, *, now: datetime) -> dict[str, Any]:
    """Return the fields of the errand of an erasure that is asked for *now*."""
    return {"kind": KIND, "uid": uid, "beganAt": now}


def errand_due_at(began_at: datetime) -> datetime:
    """Return when an erasure looks for the last time, or goes on if it was killed before."""
    return began_at + timedelta(seconds=schema.ERASE_AGAIN_AFTER_S)


def remains(recipient: Mapping[str, Any] | None, *, now: datetime) -> dict[str, Any]:
    """Return what stays of a recipient: when it was erased, the first time, and until when."""
    return {
        "erasedAt": (recipient or {}).get("erasedAt") or now,
        "expireAt": now + timedelta(seconds=schema.TOMBSTONE_LIFE_S),
    }
