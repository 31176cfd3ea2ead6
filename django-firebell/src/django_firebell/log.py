"""Says what this app logs, one function per event: never a custom token, a key, a claim's value.

Errors are told by their message, which is ours; no traceback is attached, since the libraries'
errors behind it may repeat what they were given.
"""

import logging
from http import HTTPStatus
from typing import Any, Final

from django_firebell.errors import FirebellError

_LOGGER: Final = logging.getLogger("django_firebell")


def custom_token_refused(user: Any, error: FirebellError, status: HTTPStatus) -> None:
    """Tell that *user* got no custom token; an error of ours when the status is 5xx."""
    level = logging.ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.WARNING
    _LOGGER.log(level, "No custom token for user %s (%d): %s", user.pk, status, error)


def refresh_tokens_revoked(user: Any) -> None:
    """Tell that every Firebase session of *user* ends within the hour."""
    _LOGGER.info("Revoked the Firebase refresh tokens of user %s.", user.pk)


def nothing_to_revoke(user: Any) -> None:
    """Tell that *user* has never signed in at Firebase."""
    _LOGGER.info("User %s is unknown at Firebase: there is nothing to revoke.", user.pk)


def revocation_failed(user: Any, error: FirebellError) -> None:
    """Tell that *user* is deactivated in Django and still signed in at Firebase."""
    _LOGGER.error(
        "Could not revoke the Firebase refresh tokens of user %s: %s"
        " Run `manage.py firebell_revoke` when the cause is gone.",
        user.pk,
        error,
    )


def revocation_goes_on(user: Any) -> None:
    """Tell that Firebase is slow, and that nobody waits for the revocation any longer."""
    _LOGGER.warning("Still revoking the Firebase refresh tokens of user %s.", user.pk)
