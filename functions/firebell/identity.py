"""Prove who calls: Firebase ID tokens, verified by firebase-admin."""

from collections.abc import Mapping
from typing import Any

from firebase_admin import auth, exceptions

from firebell import app
from firebell.errors import Unauthenticated, Unavailable


class Identity:
    """Verifies ID tokens of this project; unsigned ones only beside the Auth emulator."""

    def claims(self, id_token: str) -> Mapping[str, Any]:
        """Return the claims of *id_token*, `uid` among them.

        Raises:
            Unauthenticated: It is no valid ID token of this project; the message says nothing more.
            Unavailable: Google's public keys cannot be had now.

        """
        try:
            claims: Mapping[str, Any] = auth.verify_id_token(id_token, app=app.get())
        except auth.CertificateFetchError as error:
            raise Unavailable("Google's public keys") from error
        except (ValueError, exceptions.FirebaseError) as error:
            raise Unauthenticated("send a valid ID token: Authorization: Bearer …") from error
        return claims
