"""Holds the errors that this app raises on purpose, and what a client is answered for each.

FirebellError
├─ InactiveUser              the account may not sign in                          → 403
├─ InvalidUid(problem)       the UID setting made no valid Firestore document id  → 500
├─ InvalidClaims(problem)    the CLAIMS setting made claims Firebase refuses      → 500
├─ Misconfigured(setting)    a setting is wrong; raised at first use              → 503
│  └─ CredentialsMissing     there is no Firebase key (yet)                       → 503
├─ Unavailable(problem)      Firebase or Google's signing service cannot now      → 503
└─ UnknownAtFirebase(uid)    this uid has never signed in at Firebase
"""

from http import HTTPStatus
from typing import Final


class FirebellError(Exception):
    """Base of every error raised on purpose; the message says what to do and holds no secret."""


class InactiveUser(FirebellError):
    """The account is inactive and gets no custom token."""

    def __init__(self) -> None:
        super().__init__("The account is inactive: set is_active before asking for a custom token.")


class InvalidUid(FirebellError):
    """The value that the UID setting gives for a user cannot be a Firebase uid."""

    def __init__(self, problem: str) -> None:
        super().__init__(f'No usable Firebase uid: {problem} (see FIREBELL["UID"]).')


class InvalidClaims(FirebellError):
    """The claims of a user cannot be put into a custom token."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f'FIREBELL["CLAIMS"] gives no usable claims: {problem}.')


class Misconfigured(FirebellError):
    """A setting is wrong."""

    def __init__(self, setting: str, problem: str) -> None:
        """Name the wrong setting.

        Args:
            setting: Key in `FIREBELL`, or the name of an environment variable.
            problem: What is wrong and what to do, continuing a sentence that begins with the
                setting's name; without its value where that may be a secret.

        """
        self.setting = setting
        stands_alone = setting.startswith("FIREB")  # FIREBELL itself, FIREBASE_AUTH_EMULATOR_HOST
        where = setting if stands_alone else f'FIREBELL["{setting}"]'
        super().__init__(f"{where} {problem}.")


class CredentialsMissing(Misconfigured):
    """No Firebase credentials are there: right on a build machine, wrong where users sign in."""


class Unavailable(FirebellError):
    """Firebase could not be asked, or refused to answer."""


class UnknownAtFirebase(FirebellError):
    """The uid has no Firebase account: its user has never signed in there."""

    def __init__(self, uid: str) -> None:
        super().__init__(f'Firebase has no user with the uid "{uid}".')


_NO_FIREBASE: Final = "Firebase is not available on this server at the moment."
_NO_IDENTITY: Final = "This account cannot be given a Firebase identity."

_ANSWERS: Final[dict[type[FirebellError], tuple[HTTPStatus, str]]] = {
    InactiveUser: (HTTPStatus.FORBIDDEN, "This account is inactive."),
    InvalidUid: (HTTPStatus.INTERNAL_SERVER_ERROR, _NO_IDENTITY),
    InvalidClaims: (HTTPStatus.INTERNAL_SERVER_ERROR, _NO_IDENTITY),
    Misconfigured: (HTTPStatus.SERVICE_UNAVAILABLE, _NO_FIREBASE),
    CredentialsMissing: (HTTPStatus.SERVICE_UNAVAILABLE, _NO_FIREBASE),
    Unavailable: (HTTPStatus.SERVICE_UNAVAILABLE, _NO_FIREBASE),
}


def answer(error: FirebellError) -> tuple[HTTPStatus, str]:
    """Choose the HTTP status and the sentence that a client may see; the details are for the log.

    Raises:
        KeyError: for an error that no client request can cause.

    """
    return _ANSWERS[type(error)]
