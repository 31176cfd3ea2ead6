"""Access tokens for FCM: Google's default credentials, cached and renewed; only `fcm` uses them."""

import threading
import time
from typing import Any, Protocol

import google.auth
import google.auth.credentials
import google.auth.exceptions
from google.auth import transport
from google.auth.transport.requests import Request

from firebell.errors import Misconfigured, Unavailable

LIMIT_S = 10.0
"""Seconds until nobody waits for an access token any more; the library's own tries add up to 30 at
the metadata server and to 120 elsewhere, which a function does not have."""
PAUSE_S = 5.0
"""Seconds after a failure in which nobody asks again: who waited for it fails at once."""
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"


class Access(Protocol):
    """Gives the bearer of a request, and a new one when it was refused."""

    def bearer(self) -> str:
        """Return a bearer that should be valid now."""

    def renew(self, refused: str) -> str:
        """Return a bearer newer than *refused*."""


class StaticAccess:
    """A bearer that never changes; emulators take any."""

    def __init__(self, value: str) -> None:
        """Always give *value*."""
        self._value = value

    def bearer(self) -> str:
        """Return the one bearer."""
        return self._value

    def renew(self, refused: str) -> str:
        """Return the one bearer again."""
        return self._value


class GoogleAccess:
    """Access tokens of the runtime's service account, cached until shortly before they expire.

    Thread-safe: one thread fetches, the others wait for it, and nobody longer than `LIMIT_S`.

    Raises:
        Misconfigured: From both methods: there are no default credentials.
        Unavailable: From both methods: Google's token service cannot serve now.

    """

    def __init__(self) -> None:
        """Fetch nothing yet."""
        self._lock = threading.Lock()
        self._request = _BoundedRequest()
        self._credentials: google.auth.credentials.Credentials | None = None
        self._asks_again_at = time.monotonic()

    def bearer(self) -> str:
        """Return a valid access token, fetched when there is none."""
        return self._other_than(None)

    def renew(self, refused: str) -> str:
        """Return an access token newer than *refused*; one thread fetches, the others find it."""
        return self._other_than(refused)

    def _other_than(self, refused: str | None) -> str:
        ends_at = time.monotonic() + LIMIT_S
        if not self._lock.acquire(timeout=LIMIT_S):
            raise _unavailable()
        try:
            found = self._credentials
            if found is None or found.token == refused or not found.valid:
                found = self._fetch(ends_at)
            return str(found.token)
        finally:
            self._lock.release()

    def _fetch(self, ends_at: float) -> google.auth.credentials.Credentials:
        if time.monotonic() < self._asks_again_at:
            raise _unavailable()
        self._request.ends_at = ends_at
        try:
            if self._credentials is None:
                self._credentials, _ = google.auth.default(scopes=[SCOPE], request=self._request)
            self._credentials.refresh(self._request)
        except google.auth.exceptions.DefaultCredentialsError as error:
            raise Misconfigured(
                "GOOGLE_APPLICATION_CREDENTIALS", "no credentials to send with"
            ) from error
        except google.auth.exceptions.GoogleAuthError as error:
            self._asks_again_at = time.monotonic() + PAUSE_S
            raise _unavailable() from error
        return self._credentials


class _BoundedRequest(transport.Request):
    """google-auth's way to the network, with an end to all its tries together.

    The metadata server's client tries five times of its own accord, with pauses. It ends that for
    an error that is not about the transport, so one past half of the time is of another class.
    """

    def __init__(self) -> None:
        self._request = Request()
        self.ends_at = 0.0
        """When nobody waits any more, by the monotonic clock."""

    def __call__(  # type: ignore[override] # google-auth names what it passes
        self, url: str, timeout: float = LIMIT_S, **kwargs: Any
    ) -> Any:
        left_s = self.ends_at - time.monotonic()
        if left_s <= 0:
            raise google.auth.exceptions.RefreshError("took too long")
        try:
            return self._request(url, timeout=min(timeout, left_s), **kwargs)
        except google.auth.exceptions.TransportError as error:
            if self.ends_at - time.monotonic() > LIMIT_S / 2:
                raise
            raise google.auth.exceptions.RefreshError(str(error)) from error


def _unavailable() -> Unavailable:
    return Unavailable("Google's token service")
