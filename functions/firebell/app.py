"""The one firebase_admin app of this instance."""

import firebase_admin


def get() -> firebase_admin.App:
    """Return the default app, made on first use; credentials and project are looked up later.

    firebase-functions 0.6.0 refuses every ID token with 401 while there is none, so `main` asks for
    it at once.
    """
    try:
        return firebase_admin.get_app()
    except ValueError:
        return firebase_admin.initialize_app()
