"""Signs users in at the Auth emulator."""

import json
import os

import requests

from tests.integration import secrets

TIMEOUT_S = 30.0


def sign_in(uid: str, *, project: str, **claims: object) -> str:
    """Return an ID token of *uid*, with the *claims* that a custom token carried."""
    host = os.environ["FIREBASE_AUTH_EMULATOR_HOST"]
    answer = requests.post(
        f"http://{host}/identitytoolkit.googleapis.com/v1/accounts:signInWithCustomToken",
        json={
            "token": json.dumps({"uid": uid, "claims": claims}),
            "targetProjectId": project,
            "returnSecureToken": True,
        },
        # As an administrator, because an API key stands for the emulator's own project only.
        headers={"Authorization": "Bearer owner"},
        timeout=TIMEOUT_S,
    )
    answer.raise_for_status()
    id_token: str = answer.json()["idToken"]
    return secrets.keep(id_token)
