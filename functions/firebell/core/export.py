"""A user's export as JSON: documents as they are, but for targets, of which it shows the hash.

A target addresses a device, and an export travels by mail.
"""

import base64
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from firebell.core import schema
from firebell.core.holdings import LISTED, Holding
from firebell.core.model import Document
from firebell.errors import InvalidRequest

MAX_TOKEN_CHARS: Final = 16_384
"""Characters of a page token: a document's id of 1,500 bytes, escaped in JSON, in Base64."""
MAX_ID_BYTES: Final = 1500
"""Firestore's limit for a document's id ("Usage and limits")."""
_LISTS: Final = frozenset(holding.name for holding in LISTED)
_TOMBSTONE_FIELDS: Final = ("erasedAt", "state", "expireAt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page begins: in the list *name*, behind the document *after*."""

    name: str
    after: str


def page_token(place: Place) -> str:
    """Write *place* as text that is safe in a URL."""
    return base64.urlsafe_b64encode(json.dumps([place.name, place.after]).encode()).decode()


def place_from(token: str) -> Place:
    """Read what `page_token` wrote.

    Raises:
        InvalidRequest: It did not write this.

    """
    try:
        text = base64.b64decode(token[:MAX_TOKEN_CHARS], altchars=b"-_", validate=True)
        read = json.loads(text)
    except (ValueError, RecursionError):
        read = None
    match read:
        case [str(name), str(after)] if name in _LISTS and _is_id(after):
            return Place(name=name, after=after)
    raise InvalidRequest("pageToken", "must be the nextPageToken of the page before")


def shown(holding: Holding, document: Document) -> dict[str, Any]:
    """Return *document* of *holding* as JSON knows values."""
    if holding.collection == schema.TOMBSTONES:
        document = {name: document[name] for name in _TOMBSTONE_FIELDS if name in document}
    elif holding.place != "beneath":
        document = _without_targets(document)
    return {name: plain(value) for name, value in document.items()}


def plain(value: Any) -> Any:
    """Return a Firestore value as JSON knows it.

    Times become RFC 3339 in UTC, bytes Base64, references their path, places
    `{latitude, longitude}`, and numbers that JSON cannot write their name ("NaN").
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case bytes():
            return base64.b64encode(value).decode()
        case Mapping():
            return {str(name): plain(inner) for name, inner in value.items()}
        case [*items]:
            return [plain(item) for item in items]
        case object(latitude=latitude, longitude=longitude):
            return {"latitude": latitude, "longitude": longitude}
        case object(path=path):
            return str(path)
    return str(value)


def _is_id(text: str) -> bool:
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError:
        return False
    return size_bytes <= MAX_ID_BYTES and schema.DOCUMENT_ID.match(text) is not None


def _without_targets(document: Document) -> Document:
    """Return *document* with hashes for targets and for devices' ids, which are a target's part."""
    hidden = dict(document)
    for name in ("devices", "leaving"):
        if isinstance(entries := document.get(name), Mapping):
            hidden[name] = {_hash(id): _without_target(entry) for id, entry in entries.items()}
    if isinstance(device_id := document.get("deviceId"), str):
        hidden["deviceId"] = _hash(device_id)
    return hidden


def _without_target(entry: Any) -> Any:
    match entry:
        case {"target": {"kind": kind, "value": str(value)}}:
            return {**entry, "target": {"kind": kind, "hash": _hash(value)}}
    return entry


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
