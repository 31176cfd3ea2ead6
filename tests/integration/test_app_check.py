"""Callables that answer only apps which App Check vouches for."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives import serialization

from tests.integration import issuer
from tests.integration.doors import APP_CHECKED, CALL_LIMIT_S, Doors
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
        instance=APP_CHECKED,
        ENFORCE_APP_CHECK="true",
        APP_CHECK_KEYS_URL=f"http://{google.host}{issuer.APP_CHECK_KEYS}",
        GOOGLE_APPLICATION_CREDENTIALS=str(credentials(tmp_path)),
    )
    doors.end("list_devices", instance=APP_CHECKED)


def credentials(folder: Path) -> Path:
    """Write a service account's file: firebase-admin wants one before it looks at App Check."""
    private = KEY.private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "client_email": issuer.ACCOUNT,
        "private_key": private.decode(),
        "token_uri": "http://127.0.0.1:9/token",
    }
    path = folder / "account.json"
    path.write_text(json.dumps(account))
    return path


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
