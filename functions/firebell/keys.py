"""Google's public keys, by which ID tokens are verified: fetched when needed, kept while fresh."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from google.auth.exceptions import TransportError
from google.auth.transport.requests import Request
from werkzeug.http import parse_cache_control_header

from firebell import log
from firebell.errors import Unavailable

USER_KEYS = "/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
"""Path of the keys that sign Firebase's ID tokens."""
SERVICE_KEYS = "/oauth2/v1/certs"
"""Path of the keys that sign the ID tokens of Google's service accounts."""
ORIGIN = "https://www.googleapis.com"

FRESH_S = 3_600
"""Seconds that keys are kept when their answer does not say (Cache-Control: max-age)."""
LEAST_FRESH_S, MOST_FRESH_S = 60, 86_400
"""Bounds, in seconds, of what the answer may say."""
PAUSE_S = 5
"""Seconds after a failed fetch in which nobody tries another."""
GRACE_S = 3_600
"""Seconds that keys still serve after their time while no fetch succeeds. Google publishes a key
long before it signs, so what is lost is an hour in which a key that was taken away still counts."""
TIMEOUT_S = 10
"""Seconds to wait for the keys; the library's own 120 outlive the function."""


class Keys:
    """The certificates at one address. Thread-safe: one thread fetches, the others wait for it."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Fetch nothing yet; *clock* counts seconds."""
        self._url = url
        self._clock = clock
        self._lock = threading.Lock()
        self._due_at = clock()
        self._certificates: Mapping[str, str] = {}
        self._serves_until = clock()

    def certificates(self) -> Mapping[str, str]:
        """Return the PEM certificates by key id.

        Raises:
            Unavailable: They cannot be had now.

        """
        with self._lock:
            if self._clock() >= self._due_at:
                self._renew()
            if self._clock() >= self._serves_until:
                raise Unavailable("Google's public keys")
            return self._certificates

    def _renew(self) -> None:
        """Fetch; what failed leaves the keys that are there, and pauses."""
        found, fresh_s = self._fetch()
        self._due_at = self._clock() + fresh_s
        if found:
            self._certificates = found
            self._serves_until = self._due_at + GRACE_S

    def _fetch(self) -> tuple[Mapping[str, str], float]:
        """Return the certificates, none when that failed, and the seconds until the next fetch."""
        try:
            answer = Request()(self._url, method="GET", timeout=TIMEOUT_S)
            found = json.loads(answer.data) if answer.status == HTTPStatus.OK else None
        except (TransportError, ValueError):
            found = None
        if not isinstance(found, dict) or not found:
            log.keys_unavailable(self._url)
            return {}, PAUSE_S
        return found, _fresh_s(answer.headers)


def _fresh_s(headers: Mapping[str, Any]) -> float:
    says = parse_cache_control_header(headers.get("Cache-Control")).max_age
    return FRESH_S if says is None else min(max(says, LEAST_FRESH_S), MOST_FRESH_S)
