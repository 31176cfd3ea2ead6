"""The one firebase_admin app of this instance; the SDK makes the same one for its own triggers."""

import firebase_admin

from firebell.config import Settings


def get(settings: Settings) -> firebase_admin.App:
    """Return the default app, made on first use."""
    try:
        return firebase_admin.get_app()
    except ValueError:
        return firebase_admin.initialize_app(options={"projectId": settings.project_id})
