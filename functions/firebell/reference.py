"""Documents that every delivery consults and few people change: read once, kept for a while."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from google.cloud.firestore_v1 import Client

from firebell import log
from firebell.core import runtime, schema
from firebell.core.model import Runtime
from firebell.database import PATIENCE, translated
from firebell.errors import Unavailable

RUNTIME_LIFE = timedelta(seconds=30)
"""How long an instance trusts what it read in `config/runtime`: the stop switch's reaction time."""
TEMPLATE_LIFE = timedelta(minutes=5)
"""How long an instance trusts a template it has read."""
MAX_TEMPLATES = 1000
"""Templates kept by an instance; beyond, all are forgotten and read anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    content: Mapping[str, Any] | None
    until: datetime


class Reference:
    """`config/runtime` and `templates`, as read not long ago. Thread-safe.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client) -> None:
        """Read nothing yet."""
        self._client = client
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._lock = threading.Lock()

    def runtime(self, now: datetime) -> Runtime:
        """Return what an operator may change without a deploy.

        While Firestore cannot serve, what was read last stays in force.

        **Cost:** 1 read per `RUNTIME_LIFE` and instance.
        """
        try:
            document = self._document(schema.CONFIG, schema.RUNTIME, now, life=RUNTIME_LIFE)
        except Unavailable:
            kept = self._kept.get((schema.CONFIG, schema.RUNTIME))
            if kept is None:
                raise
            document = kept.content
        found, ignored = runtime.runtime_from(document or {})
        if ignored:
            log.runtime_ignored(ignored)
        return found

    def template(self, name: str, now: datetime) -> Mapping[str, Any] | None:
        """Return a template's fields, None when there is none of that name.

        **Cost:** 1 read per `TEMPLATE_LIFE`, instance and template.
        """
        return self._document(schema.TEMPLATES, name, now, life=TEMPLATE_LIFE)

    def _document(
        self, collection: str, name: str, now: datetime, *, life: timedelta
    ) -> Mapping[str, Any] | None:
        kept = self._kept.get((collection, name))
        if kept is not None and now < kept.until:
            return kept.content
        content = self._read(collection, name)
        with self._lock:
            if len(self._kept) > MAX_TEMPLATES:
                self._kept.clear()
            self._kept[collection, name] = _Kept(content=content, until=now + life)
        return content

    @translated
    def _read(self, collection: str, name: str) -> Mapping[str, Any] | None:
        return self._client.collection(collection).document(name).get(**PATIENCE).to_dict()
