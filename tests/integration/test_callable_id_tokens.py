"""Whom the callables let in by an ID token's signature: firebase-admin verifies, with our key."""

from collections.abc import Iterator
from functools import partial

import pytest
import requests

from tests.integration import issuer
from tests.integration.doors import CALL_LIMIT_S, VERIFYING, Doors
from tests.integration.forgeries import FORGERIES
from tests.integration.issuer import Issuer, service_claims, unsigned, user_claims
from tests.integration.scene import Scene

KEY = issuer.new_key("key-1")


@pytest.fixture(scope="module")
def url(doors: Doors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give where `list_devices` is served as in production: no Auth emulator is named."""
    with issuer.serve(Issuer(KEY)) as google:
        yield doors.url(
            "list_devices",
            instance=VERIFYING,
            PUBLIC_KEYS_ORIGIN=f"http://{google.host}",
            FIREBASE_AUTH_EMULATOR_HOST="",
            GOOGLE_APPLICATION_CREDENTIALS=str(
                issuer.credentials(KEY, tmp_path_factory.mktemp("credentials"))
            ),
        )
        doors.end("list_devices", instance=VERIFYING)


def call(url: str, id_token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {id_token}"}
    return requests.post(url, json={"data": {}}, headers=headers, timeout=CALL_LIMIT_S)


def test_user_whom_firebase_signed_for_is_answered(deployed: Scene, doors: Doors, url: str) -> None:
    id_token = KEY.sign(user_claims(doors.project, sub=deployed.uid))
    deployed.secrets.append(id_token)

    assert call(url, id_token).status_code == 200


def test_every_forgery_is_refused_alike_and_none_is_logged(
    deployed: Scene, doors: Doors, url: str
) -> None:
    claims = partial(user_claims, doors.project)
    forged = {name: forge(KEY, claims) for name, forge in FORGERIES.items()}
    forged["of a service account"] = KEY.sign(service_claims(aud=doors.project))
    forged["of the Auth emulator"] = unsigned(claims())
    deployed.secrets.extend(forged.values())

    answers = {name: call(url, id_token) for name, id_token in forged.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        forged, 401
    )
    assert len({answer.text for answer in answers.values()}) == 1
