"""Those who act in the story, each through the door it has in production."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from tools import ports
from tools.servers import PROJECT

TIMEOUT_S = 60
REGION = "us-central1"

DJANGO = f"http://{ports.HOST}:{ports.DJANGO}"
AUTH = f"http://{ports.HOST}:{ports.AUTH}/identitytoolkit.googleapis.com/v1"
FUNCTIONS = f"http://{ports.HOST}:{ports.FUNCTIONS}/{PROJECT}/{REGION}"
HOSTING = f"http://{ports.HOST}:{ports.HOSTING}"
DOCUMENTS = f"projects/{PROJECT}/databases/(default)/documents"
FIRESTORE = f"http://{ports.HOST}:{ports.FIRESTORE}/v1/{DOCUMENTS}"

PASSWORD = "firebell-demo"  # noqa: S105 - public: the example project's README tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What Django answered to a login."""

    token: str
    firebase_token: str
    expires_in: int


def log_in(username: str) -> Login:
    """Log in at Django with Django REST framework."""
    answer = _post(f"{DJANGO}/api/login/", {"username": username, "password": PASSWORD})
    answer.raise_for_status()
    return Login(**answer.json())


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An app of one signed-in user, or of nobody: it holds an ID token and nothing else."""

    uid: str = ""
    id_token: str = ""

    @classmethod
    def sign_in(cls, custom_token: str) -> "Client":
        """Exchange a custom token at the Auth emulator."""
        url = f"{AUTH}/accounts:signInWithCustomToken?key=local"
        answer = _post(url, {"token": custom_token, "returnSecureToken": True})
        answer.raise_for_status()
        id_token = answer.json()["idToken"]
        account = _post(f"{AUTH}/accounts:lookup?key=local", {"idToken": id_token})
        account.raise_for_status()
        return cls(uid=account.json()["users"][0]["localId"], id_token=id_token)

    def call(self, function: str, data: Mapping[str, Any]) -> requests.Response:
        """Call a callable function."""
        return _post(f"{FUNCTIONS}/{function}", {"data": data}, self.id_token)

    def send(self, body: Mapping[str, Any]) -> requests.Response:
        """Post to the HTTP API, through Hosting as a backend in production does."""
        return _post(f"{HOSTING}/v1/notifications", body, self.id_token)

    def get(self, path: str) -> requests.Response:
        """Get a document or list a collection over the security rules."""
        headers = _bearer(self.id_token)
        return requests.get(f"{FIRESTORE}/{path}", headers=headers, timeout=TIMEOUT_S)

    def patch(self, path: str, fields: Mapping[str, Any]) -> requests.Response:
        """Change *fields* of a document, given in Firestore's JSON, over the security rules."""
        return requests.patch(
            f"{FIRESTORE}/{path}",
            params={"updateMask.fieldPaths": list(fields)},
            json={"fields": fields},
            headers=_bearer(self.id_token),
            timeout=TIMEOUT_S,
        )

    def unread(self, uid: str) -> requests.Response:
        """Run the inbox's own query over the rules: unread, newest first."""
        read_at = {"field": {"fieldPath": "readAt"}, "op": "IS_NULL"}
        query = {
            "from": [{"collectionId": "user-notifications"}],
            "where": {"unaryFilter": read_at},
            "orderBy": [{"field": {"fieldPath": "createdAt"}, "direction": "DESCENDING"}],
            "limit": 20,
        }
        url = f"{FIRESTORE}/app-notifications/{uid}:runQuery"
        return _post(url, {"structuredQuery": query}, self.id_token)


def _post(url: str, body: Mapping[str, Any], id_token: str = "") -> requests.Response:
    return requests.post(url, json=body, headers=_bearer(id_token), timeout=TIMEOUT_S)


def _bearer(id_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {id_token}"} if id_token else {}
