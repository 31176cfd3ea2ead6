"""Talks to the Firebase Admin SDK: signs custom tokens and revokes refresh tokens.

The only importer of firebase_admin, and of its auth module alone. It uses apps of its own name, so
that a project's default Firebase app is neither needed nor touched.
"""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import firebase_admin
from firebase_admin import auth
from firebase_admin import credentials as admin_credentials
from firebase_admin.exceptions import FirebaseError
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError

from django_firebell.credentials import ApplicationDefault, AuthEmulator, ServiceAccountKey, Source
from django_firebell.errors import (
    CredentialsMissing,
    Misconfigured,
    Unavailable,
    UnknownAtFirebase,
)

# initialize_app refuses a name that exists, and two requests may be the first at once.
_APPS_LOCK = threading.Lock()


def fingerprint(source: Source) -> str:
    """Name *source* so that another key, project or emulator has another name; tells no secret."""
    match source:
        case ServiceAccountKey():
            told = f"{source.project_id} {json.dumps(dict(source.info), sort_keys=True)}"
        case _:
            told = repr(source)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def credential(source: Source) -> Any:
    """Build the SDK's credential; a key is parsed here, the network is not used.

    Raises:
        Misconfigured: the key's private part cannot be read.

    """
    match source:
        case AuthEmulator():
            return AnonymousCredentials()  # type: ignore[no-untyped-call] # google-auth is half typed
        case ApplicationDefault():
            return admin_credentials.ApplicationDefault()
        case ServiceAccountKey():
            try:
                return admin_credentials.Certificate(dict(source.info))
            except ValueError:
                # `from None`: no library promises to keep the key out of its message.
                raise Misconfigured(
                    "CREDENTIALS", 'has a "private_key" that cannot be read: download a new key'
                ) from None


def sign(source: Source, uid: str, claims: Mapping[str, Any]) -> str:
    """Mint a custom token for *uid*, which lives an hour.

    **Cost:** none with a key or the emulator; one call of IAM's signBlob with application default
    credentials.

    Raises:
        Misconfigured: nothing here can sign.
        Unavailable: Google's signing service gave no signature.

    """
    app = _app(source)
    with _translated():
        minted: bytes = auth.create_custom_token(uid, dict(claims) or None, app=app)
    return minted.decode("ascii")


def revoke(source: Source, uid: str, *, timeout_s: float) -> None:
    """Revoke every refresh token of *uid*; ID tokens run out within an hour.

    **Cost:** one call of Firebase Authentication.

    Raises:
        UnknownAtFirebase: the uid has never signed in, so there is nothing to revoke.
        Misconfigured: there are no usable credentials.
        Unavailable: Firebase did not answer, or refused.

    """
    app = _app(source, timeout_s=timeout_s)
    try:
        with _translated():
            auth.revoke_refresh_tokens(uid, app=app)
    except auth.UserNotFoundError as error:
        raise UnknownAtFirebase(uid) from error


def _app(source: Source, *, timeout_s: float | None = None) -> Any:
    name = f"django-firebell {fingerprint(source)} {timeout_s}"
    options: dict[str, Any] = {"projectId": source.project_id} if source.project_id else {}
    if timeout_s is not None:
        options["httpTimeout"] = timeout_s
    if isinstance(source, ApplicationDefault) and source.service_account:
        options["serviceAccountId"] = source.service_account
    with _APPS_LOCK:
        try:
            app = firebase_admin.get_app(name)
        except ValueError:  # the SDK has no other way to say that there is none yet
            app = firebase_admin.initialize_app(credential(source), options, name)
    if isinstance(source, ApplicationDefault):
        _require_application_default(app)
    return app


def _require_application_default(app: Any) -> None:
    try:
        app.credential.get_credential()
    except DefaultCredentialsError as error:
        raise CredentialsMissing(
            "CREDENTIALS",
            'is "application default", which this machine has none of: run `gcloud auth'
            " application-default login`, or give the server a service account",
        ) from error
    if not app.project_id:
        raise Misconfigured(
            "PROJECT_ID", "is not set, and the credentials name no project either: set it"
        )


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the SDK's errors into ours; of theirs only the kind is told, never the text."""
    try:
        yield
    except auth.UserNotFoundError:
        raise
    except FirebaseError as error:
        raise Unavailable(f"Firebase answered {error.code} ({type(error).__name__})") from error
    except GoogleAuthError as error:
        raise Unavailable(f"Google gave no credentials ({type(error).__name__})") from error
    except ValueError as error:
        # uid and claims were checked before, so what is left is an account that cannot sign.
        raise Misconfigured(
            "CREDENTIALS",
            "names no account that may sign: set SERVICE_ACCOUNT, and grant this server"
            " roles/iam.serviceAccountTokenCreator on it",
        ) from error
