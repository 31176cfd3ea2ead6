"""`POST /v1/devices:import`: who may, how much, and how a call is answered."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from fcm_emulator.targets import new_legacy_token
from firebell import http, identity, keys
from firebell.core import schema
from firebell.identity import Identity, ServiceTokens
from firebell.keys import Keys
from tests.integration import issuer
from tests.integration.api import error
from tests.integration.doors import CALL_LIMIT_S, Doors
from tests.integration.issuer import ACCOUNT, Issuer, service_claims
from tests.integration.scene import Scene

PATH = "/v1/devices:import"
AUDIENCE = "https://shop-prod.web.app"
KEY = issuer.new_key("key-1")


@pytest.fixture
def google() -> Iterator[Issuer]:
    with issuer.serve(Issuer(KEY)) as served:
        yield served


@pytest.fixture
def api(scene: Scene, google: Issuer) -> FlaskClient:
    accounts = ServiceTokens(
        accounts={ACCOUNT},
        audiences={AUDIENCE},
        keys=Keys(f"http://{google.host}{keys.SERVICE_KEYS}"),
    )
    proves = Identity(identity.EmulatorUserTokens(), accounts)
    return http.create_app(dataclasses.replace(scene.services, identity=proves)).test_client()


@pytest.fixture
def service(scene: Scene) -> dict[str, str]:
    id_token = KEY.sign(service_claims(aud=AUDIENCE))
    scene.secrets.append(id_token)
    return {"Authorization": f"Bearer {id_token}", "Content-Type": "application/x-ndjson"}


def a_line(scene: Scene, **fields: Any) -> bytes:
    token = new_legacy_token().value
    scene.secrets.append(token)
    line = {"uid": scene.uid, "legacyToken": token, "platform": "android", **fields}
    return json.dumps(line, ensure_ascii=False).encode()


def answers(body: bytes) -> list[tuple[int, str]]:
    found = [json.loads(line) for line in body.splitlines()]
    return [(answer["line"], answer["result"]) for answer in found]


def test_each_line_is_answered_in_order(
    scene: Scene, api: FlaskClient, service: dict[str, str]
) -> None:
    lines = [a_line(scene, label="📱"), b"", a_line(scene, platform="tv"), b"  ", a_line(scene)]

    answer = api.post(PATH, data=b"\r\n".join(lines), headers=service)

    assert (answer.status_code, answer.content_type) == (200, "application/x-ndjson")
    assert answers(answer.data) == [(1, "imported"), (3, "refused"), (5, "imported")]


def test_empty_call_is_answered_by_nothing(api: FlaskClient, service: dict[str, str]) -> None:
    answer = api.post(PATH, data=b"", headers=service)

    assert (answer.status_code, answer.data) == (200, b"")


def test_users_may_not_import_even_senders(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    answer = api.post(PATH, data=a_line(scene), headers=sender)

    assert answer.status_code == 403
    assert "service_accounts_only" in error(answer)["message"]
    assert scene.recipient() == {}


def test_nobody_imports_without_an_id_token(scene: Scene, api: FlaskClient) -> None:
    assert api.post(PATH, data=a_line(scene)).status_code == 401


def test_call_of_too_many_lines_imports_none(
    scene: Scene, api: FlaskClient, service: dict[str, str]
) -> None:
    lines = [a_line(scene)] * (schema.MAX_IMPORT_LINES + 1)

    answer = api.post(PATH, data=b"\n".join(lines), headers=service)

    assert answer.status_code == 400
    assert error(answer)["field"] == "body"
    assert scene.recipient() == {}


def test_call_that_is_too_long_is_refused(api: FlaskClient, service: dict[str, str]) -> None:
    body = b" " * schema.MAX_IMPORT_BYTES

    assert api.post(PATH, data=body, headers=service).status_code == 200
    assert api.post(PATH, data=body + b" ", headers=service).status_code == 413


def test_line_that_is_too_long_is_refused_alone(
    scene: Scene, api: FlaskClient, service: dict[str, str]
) -> None:
    fits = a_line(scene).ljust(schema.MAX_IMPORT_LINE_BYTES)
    lines = [fits, fits + b" ", a_line(scene), fits * 3]

    answer = api.post(PATH, data=b"\n".join(lines), headers=service)

    found = answers(answer.data)
    assert found == [(1, "imported"), (2, "refused"), (3, "imported"), (4, "refused")]
    assert b"longer than 16384 bytes" in answer.data


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "application/json"}, {"Content-Encoding": "gzip"}]
)
def test_body_of_another_kind_is_refused(
    api: FlaskClient, service: dict[str, str], headers: dict[str, str]
) -> None:
    assert api.post(PATH, data=b"", headers=service | headers).status_code == 415


def test_report_of_another_kind_is_refused(api: FlaskClient, service: dict[str, str]) -> None:
    answer = api.post(f"{PATH}?report=all", data=b"", headers=service)

    assert (answer.status_code, error(answer)["field"]) == (400, "report")


def test_report_says_what_is_otherwise_here(
    scene: Scene, api: FlaskClient, service: dict[str, str]
) -> None:
    phone = scene.device()
    line = a_line(scene, uid="grace", legacyToken=phone.target.value)

    answer = api.post(f"{PATH}?report=changes", data=line, headers=service)

    assert json.loads(answer.data) == {"line": 1, "result": "differs", "differs": ["owner"]}


def test_deployed_function_takes_a_whole_call_in_chunks(
    deployed: Scene, doors: Doors, google: Issuer, service: dict[str, str]
) -> None:
    settings = {
        "GOOGLE_CERTS_EMULATOR_HOST": google.host,
        "SENDER_ACCOUNTS": ACCOUNT,
        "AUDIENCES": AUDIENCE,
    }
    lines = [a_line(deployed, uid=f"{deployed.uid}-{n // 3}") for n in range(500)]
    url = doors.url("api", instance=6, **settings) + PATH.lstrip("/")

    answer = requests.post(
        url, (line + b"\n" for line in lines), headers=service, timeout=CALL_LIMIT_S
    )
    doors.end("api", instance=6)

    assert answer.status_code == 200
    assert answers(answer.content) == [(n, "imported") for n in range(1, 501)]
