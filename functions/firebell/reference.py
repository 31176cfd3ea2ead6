"""Documents that every delivery consults and few people change: read once, kept for a while."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from google.cloud.firestore_v1 import Client

from firebell import log
from firebell.core import runtime, schema
from firebell.core.model import Runtime
from firebell.database import PATIENCE, translated
from firebell.errors import Unavailable

T = TypeVar("T")

RUNTIME_LIFE = timedelta(seconds=30)
"""How long an instance trusts what it read in `config/runtime`: the stop switch's reaction time."""
TEMPLATE_LIFE = timedelta(minutes=5)
"""How long an instance trusts a template it has read."""
MAX_TEMPLATES = 1000
"""Templates kept by an instance; beyond, all are forgotten and read anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept(Generic[T]):
    content: T
    until: datetime


class Reference:
    """`config/runtime` and `templates`, as read not long ago. Thread-safe.

    Raises:
        Unavailable: From every method, when Firestore cannot serve now.

    """

    def __init__(self, client: Client) -> None:
        """Read nothing yet."""
        self._client = client
        self._runtime: _Kept[Runtime] | None = None
        self._templates: dict[str, _Kept[Mapping[str, Any] | None]] = {}
        self._lock = threading.Lock()

    def runtime(self, now: datetime) -> Runtime:
        """Return what an operator may change without a deploy.

        While Firestore cannot serve, what was read last stays in force.

        **Cost:** 1 read per `RUNTIME_LIFE` and instance.
        """
        kept = self._runtime
        if kept is not None and now < kept.until:
            return kept.content
        try:
            document = self._read(schema.CONFIG, schema.RUNTIME)
        except Unavailable:
            if kept is None:
                raise
            return kept.content
        content, ignored = runtime.runtime_from(document or {})
        if ignored:
            log.runtime_ignored(ignored)
        self._runtime = _Kept(content=content, until=now + RUNTIME_LIFE)
        return content

    def template(self, name: str, now: datetime) -> Mapping[str, Any] | None:
        """Return a template's fields, None when there is none of that name.

        **Cost:** 1 read per `TEMPLATE_LIFE`, instance and template.
        """
        kept = self._templates.get(name)
        if kept is not None and now < kept.until:
            return kept.content
        content = self._read(schema.TEMPLATES, name)
        with self._lock:
            if len(self._templates) >= MAX_TEMPLATES:
                self._templates.clear()
            self._templates[name] = _Kept(content=content, until=now + TEMPLATE_LIFE)
        return content

    @translated
    def _read(self, collection: str, name: str) -> Mapping[str, Any] | None:
        return self._client.collection(collection).document(name).get(**PATIENCE).to_dict()
