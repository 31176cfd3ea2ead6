"""The one firebase_admin app of this instance."""

import firebase_admin

from firebell import config

TIMEOUT_S = 10
"""Seconds to wait for Firebase Authentication; the SDK's own 120 outlive the function."""


def get() -> firebase_admin.App:
    """Return the default app, made on first use; credentials and project are looked up later.

    firebase-functions 0.6.0 refuses every ID token with 401 while there is none, so `main` asks for
    it at once.
    """
    try:
        return firebase_admin.get_app()
    except ValueError:
        options = {**config.firebase(), "httpTimeout": TIMEOUT_S}
        return firebase_admin.initialize_app(options=options)
