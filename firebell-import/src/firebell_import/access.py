"""Proves to Firebell who imports: Google-signed ID tokens of a service account."""

from pathlib import Path
from typing import Any

import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from google.oauth2 import id_token, service_account

from firebell_import.errors import Misconfigured

MISSING = (
    "There are no Google credentials of a service account: name its key with --credentials or"
    " GOOGLE_APPLICATION_CREDENTIALS, or run where Google Cloud gives them"
)


def session(audience: str, *, key: Path | None) -> requests.Session:
    """Return a session that sends a service account's ID token for *audience*, renewed in time.

    Args:
        audience: One of those that the deployment lists.
        key: A service account's key file; None means Google's own places for credentials.

    Raises:
        Misconfigured: There are no such credentials.

    """
    try:
        return AuthorizedSession(_credentials(audience, key))  # type: ignore[no-untyped-call] # google-auth has no types
    except (GoogleAuthError, OSError, ValueError) as error:
        raise Misconfigured(f"{MISSING} ({type(error).__name__}).") from error


def _credentials(audience: str, key: Path | None) -> Any:
    if key is None:
        return id_token.fetch_id_token_credentials(audience)  # type: ignore[no-untyped-call] # the same
    from_file = service_account.IDTokenCredentials.from_service_account_file
    return from_file(str(key), target_audience=audience)  # type: ignore[no-untyped-call] # the same
