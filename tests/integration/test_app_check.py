"""Callables that answer only apps which App Check vouches for."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.integration import issuer
from tests.integration.doors import CALL_LIMIT_S, VERIFYING, Doors
from tests.integration.identity import sign_in
from tests.integration.issuer import Issuer, app_claims
from tests.integration.scene import Scene

KEY, OTHER = issuer.new_key("key-1"), issuer.new_key("key-1")


@pytest.fixture(scope="module")
def google() -> Iterator[Issuer]:
    with issuer.serve(Issuer(KEY)) as served:
        yield served


@pytest.fixture
def url(doors: Doors, google: Issuer, tmp_path: Path) -> Iterator[str]:
    """Give where `list_devices` is served that enforces App Check."""
    yield doors.url(
        "list_devices",
        instance=VERIFYING,
        ENFORCE_APP_CHECK="true",
        PUBLIC_KEYS_ORIGIN=f"http://{google.host}",
        GOOGLE_APPLICATION_CREDENTIALS=str(issuer.credentials(KEY, tmp_path)),
    )
    doors.end("list_devices", instance=VERIFYING)


def call(url: str, id_token: str | None, app_check: str | None) -> requests.Response:
    headers = {} if id_token is None else {"Authorization": f"Bearer {id_token}"}
    if app_check is not None:
        headers["X-Firebase-AppCheck"] = app_check
    return requests.post(url, json={"data": {}}, headers=headers, timeout=CALL_LIMIT_S)


def test_app_that_is_vouched_for_is_answered(deployed: Scene, doors: Doors, url: str) -> None:
    id_token = sign_in(deployed.uid, project=doors.project)
    app_check = KEY.sign(app_claims(doors.project))
    deployed.secrets.append(app_check)

    answer = call(url, id_token, app_check)

    assert answer.status_code == 200
    assert call(url, None, app_check).status_code == 401


def test_call_without_a_valid_app_check_token_is_refused(
    deployed: Scene, doors: Doors, url: str
) -> None:
    id_token = sign_in(deployed.uid, project=doors.project)
    claims = app_claims(doors.project)
    forged = {
        "absent": None,
        "empty": "",
        "garbage": "garbage-4711",
        "parts of garbage": f"{id_token}.garbage",
        "signed with another key": OTHER.sign(claims),
        "unsigned": issuer.unsigned(claims, kid=KEY.id),
        "of another project": KEY.sign({**claims, "aud": ["projects/other"]}),
        "of another issuer": KEY.sign({**claims, "iss": "https://example.com"}),
        "expired": KEY.sign({**claims, "exp": claims["iat"]}),
        "an ID token": id_token,
    }
    deployed.secrets.extend(token for token in forged.values() if token)

    answers = {name: call(url, id_token, token) for name, token in forged.items()}

    assert {answer.status_code for answer in answers.values()} == {401}
    assert {answer.text for answer in answers.values()} == {
        json.dumps(
            {
                "error": {
                    "message": "app_check: send a valid App Check token",
                    "status": "UNAUTHENTICATED",
                }
            },
            separators=(",", ":"),
        )
        + "\n"
    }


def test_app_check_is_not_asked_for_unless_it_is_enforced(deployed: Scene, doors: Doors) -> None:
    id_token = sign_in(deployed.uid, project=doors.project)

    assert doors.call("list_devices", {}, id_token).status_code == 200
