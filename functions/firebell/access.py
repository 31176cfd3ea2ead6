"""Access tokens for FCM: Google's default credentials, cached and renewed; only `fcm` uses them."""

import functools
import threading
from functools import cached_property
from typing import Protocol

import google.auth
import google.auth.credentials
import google.auth.exceptions
from google.auth.transport.requests import Request

from firebell.errors import Misconfigured, Unavailable

TIMEOUT_S = 10
"""Seconds to wait for a new access token; the library's own 120 outlive the function."""
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

    Raises:
        Misconfigured: From both methods: there are no default credentials.
        Unavailable: From both methods: Google's token service cannot serve now.

    """

    def __init__(self) -> None:
        """Fetch nothing yet."""
        self._lock = threading.Lock()

    def bearer(self) -> str:
        """Return a valid access token, fetched when there is none."""
        with self._lock:
            if not self._credentials.valid:
                self._refresh()
            return str(self._credentials.token)

    def renew(self, refused: str) -> str:
        """Return an access token newer than *refused*; one thread fetches, the others find it."""
        with self._lock:
            if self._credentials.token == refused:
                self._refresh()
            return str(self._credentials.token)

    @cached_property
    def _credentials(self) -> google.auth.credentials.Credentials:
        try:
            credentials, _ = google.auth.default(scopes=[SCOPE])
        except google.auth.exceptions.DefaultCredentialsError as error:
            raise Misconfigured(
                "GOOGLE_APPLICATION_CREDENTIALS", "no credentials to send with"
            ) from error
        return credentials

    def _refresh(self) -> None:
        try:
            self._credentials.refresh(functools.partial(Request(), timeout=TIMEOUT_S))
        except google.auth.exceptions.GoogleAuthError as error:
            raise Unavailable("Google's token service") from error
