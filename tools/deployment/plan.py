"""What a deployment needs of its Google Cloud project, as facts: APIs, accounts, roles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

APIS: Final[Mapping[str, str]] = {
    "artifactregistry.googleapis.com": "keeps the functions' images",
    "cloudbilling.googleapis.com": "tells whether the project is on the Blaze plan",
    "cloudbuild.googleapis.com": "builds the functions",
    "cloudfunctions.googleapis.com": "the functions",
    "cloudresourcemanager.googleapis.com": "the project's roles",
    "cloudscheduler.googleapis.com": "runs sweep every minute",
    "cloudtasks.googleapis.com": "the queue of deliver",
    "eventarc.googleapis.com": "brings Firestore's events",
    "fcm.googleapis.com": "sends the messages",
    "fcmregistrations.googleapis.com": "registers browsers",
    "firebase.googleapis.com": "the Firebase project",
    "firebasehosting.googleapis.com": "the API's address",
    "firebaseinstallations.googleapis.com": "gives devices their Firebase Installation ID",
    "firebaserules.googleapis.com": "firestore.rules",
    "firestore.googleapis.com": "the data",
    "iam.googleapis.com": "the accounts",
    "iamcredentials.googleapis.com": "signs custom tokens where Django has no key file",
    "identitytoolkit.googleapis.com": "Firebase Authentication",
    "pubsub.googleapis.com": "carries Eventarc's events",
    "run.googleapis.com": "runs the functions",
}
"""API → what it is for. The CLI enables most as it deploys; the first deploy then waits for it."""

RUNTIME_ROLES: Final[Mapping[str, str]] = {
    "roles/datastore.user": "reads and writes Firestore",
    "roles/firebasecloudmessaging.admin": "sends through FCM",
    "roles/cloudtasks.enqueuer": "puts deliveries into the queue",
    "roles/run.invoker": "lets queue, schedule and events call the functions",
    "roles/eventarc.eventReceiver": "receives Firestore's events",
}
"""Role on the project → what the functions do with it."""

DJANGO_ROLES: Final[Mapping[str, str]] = {
    "roles/firebaseauth.admin": "revokes sessions (firebell_revoke, deactivated users)",
}
"""Role on the project → what Django does with it."""

ACT_AS_ITSELF: Final = "roles/iam.serviceAccountUser"
"""The functions' account needs it on itself: a queued task calls back in its name."""

SIGN_AS_ITSELF: Final = "roles/iam.serviceAccountTokenCreator"
"""Django's account needs it on itself, to sign custom tokens without a key file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is going to be deployed where. Accounts are e-mail addresses of service accounts."""

    project: str
    runtime_account: str
    django_account: str
    database: str
    location: str
