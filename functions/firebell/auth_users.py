"""Users of Firebase Authentication, as an erasure deletes them."""

from firebase_admin import auth, exceptions
from google.auth.exceptions import GoogleAuthError

from firebell import app
from firebell.errors import Misconfigured, Unavailable


class AuthUsers:
    """The project's users. Thread-safe."""

    def delete(self, uid: str) -> None:
        """Delete *uid*; who is not there is gone already.

        Raises:
            Misconfigured: The functions' account may not.
            Unavailable: Firebase Authentication cannot serve now.

        """
        try:
            auth.delete_user(uid, app=app.get())
        except auth.UserNotFoundError:
            return
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError) as error:
            problem = "may not delete Auth users: it lacks roles/firebaseauth.admin"
            raise Misconfigured("RUNTIME_ACCOUNT", problem) from error
        except (exceptions.FirebaseError, GoogleAuthError) as error:
            raise Unavailable("Firebase Authentication") from error
