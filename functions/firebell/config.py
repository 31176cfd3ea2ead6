"""The only reader of parameters and environment; everything else takes a frozen `Settings`.

The Firebase CLI loads functions/.env before it discovers functions and puts it into their
environment, so one name reaches the triggers, the queue and the clients alike. Region and database
of a trigger are fixed at
deploy: changing them needs a new deploy.
"""

import os
from dataclasses import dataclass

from firebell.errors import Misconfigured

REGION = os.environ.get("REGION", "us-central1")
"""Region of every function and queue; the Hosting rewrites in firebase.json name the same."""

DATABASE = os.environ.get("DATABASE", "(default)")
"""Firestore database of every trigger and client."""

RUNTIME_ACCOUNT = os.environ.get("RUNTIME_ACCOUNT") or None
"""Service account the functions run as; None means the project's Compute Engine default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What this deployment was told. `fcm_emulator_host` is host:port, None means Google's FCM."""

    project_id: str
    region: str = REGION
    database: str = DATABASE
    fcm_emulator_host: str | None = None
    is_emulator: bool = False


def read() -> Settings:
    """Read the environment.

    Raises:
        Misconfigured: The platform named no project.

    """
    project_id = os.environ.get("GCLOUD_PROJECT") or os.environ.get("GOOGLE_CLOUD_PROJECT")
    if not project_id:
        raise Misconfigured("GCLOUD_PROJECT", "names no project; the platform sets it")
    return Settings(
        project_id=project_id,
        fcm_emulator_host=os.environ.get("FCM_EMULATOR_HOST") or None,
        is_emulator=os.environ.get("FUNCTIONS_EMULATOR") == "true",
    )
