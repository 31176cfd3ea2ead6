import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from fcm_emulator import credentials
from fcm_emulator.client import EmulatorClient
from fcm_emulator.oauth import GRANT_TYPE, InvalidGrant, Issuer
from fcm_emulator.refusal import Refused
from fcm_emulator.targets import Target, new_fid
from fcm_emulator.tests.conftest import Reply, Sender

Start = Callable[..., tuple[Any, str]]
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"


@pytest.fixture(name="account", scope="session")
def _account(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return make_account(tmp_path_factory.mktemp("account") / "key.json")


def make_account(path: Path) -> dict[str, str]:
    credentials.write(path, "demo-p", "http://127.0.0.1:1/token")
    account: dict[str, str] = json.loads(path.read_text())
    return account


def sign(account: Mapping[str, str], **claims: object) -> str:
    now_s = int(time.time())
    own = {
        "iss": account["client_email"],
        "aud": "https://oauth2.googleapis.com/token",
        "scope": SCOPE,
        "iat": now_s,
        "exp": now_s + 3600,
    }
    given = {name: value for name, value in (own | claims).items() if value is not None}
    return jwt.encode(given, account["private_key"], algorithm="RS256")


def exchange(address: str, assertion: str, grant_type: str = GRANT_TYPE) -> Reply:
    sender = Sender(address=address, project="demo-p")
    form = urlencode({"grant_type": grant_type, "assertion": assertion})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return sender.post(form.encode(), path="/token", headers=headers)


def send(address: str, bearer: str) -> Reply:
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    return Sender(address=address, project="demo-p").post(
        b'{"message":{"topic":"t"}}', headers=headers
    )


def test_an_assertion_is_exchanged_for_a_bearer_that_sends(
    fcm: EmulatorClient, account: dict[str, str]
) -> None:
    first = exchange(fcm.address, sign(account))
    second = exchange(fcm.address, sign(account))

    assert first.http_status == 200
    assert set(first.json) == {"access_token", "expires_in", "token_type"}
    assert (first.json["expires_in"], first.json["token_type"]) == (3600, "Bearer")
    assert first.json["access_token"] != second.json["access_token"]
    assert send(fcm.address, first.json["access_token"]).http_status == 200


def test_an_issued_token_expires(start: Start, account: dict[str, str]) -> None:
    _, address = start("--token-lifetime-s", "1")
    bearer = exchange(address, sign(account)).json["access_token"]
    before = send(address, bearer)
    time.sleep(1.1)
    after = send(address, bearer)

    assert (before.http_status, after.http_status) == (200, 401)
    assert after.error["status"] == "UNAUTHENTICATED"
    assert after.error["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"
    assert after.fcm_code is None
    assert 'error="invalid_token"' in after.headers["www-authenticate"]


def test_any_other_bearer_is_taken_unless_issued_ones_are_required(
    fcm: EmulatorClient, start: Start, account: dict[str, str]
) -> None:
    _, strict = start("--require-issued-tokens")
    issued = exchange(strict, sign(account)).json["access_token"]

    assert send(fcm.address, "owner").http_status == 200
    assert send(strict, issued).http_status == 200
    refused = send(strict, "owner")
    forged = send(strict, f"{issued[:-1]}{'0' if issued[-1] != '0' else '1'}")
    assert {refused.http_status, forged.http_status} == {401}
    assert refused.error["details"][0]["reason"] == "ACCESS_TOKEN_TYPE_UNSUPPORTED"


def test_a_token_of_another_server_is_another_bearer(
    fcm: EmulatorClient, start: Start, account: dict[str, str]
) -> None:
    _, strict = start("--require-issued-tokens")
    elsewhere = exchange(fcm.address, sign(account)).json["access_token"]

    assert send(strict, elsewhere).http_status == 401


def test_a_bearer_without_a_scope_for_sending_is_insufficient(
    fcm: EmulatorClient, account: dict[str, str]
) -> None:
    assertion = sign(account, scope="https://www.googleapis.com/auth/devstorage.read_only")
    bearer = exchange(fcm.address, assertion).json["access_token"]

    reply = send(fcm.address, bearer)

    assert (reply.http_status, reply.error["status"]) == (403, "PERMISSION_DENIED")
    assert reply.error["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_a_bearer_without_scope_changes_no_topics(
    fcm: EmulatorClient, account: dict[str, str], phone: Target
) -> None:
    assertion = sign(account, scope="https://www.googleapis.com/auth/devstorage.read_only")
    bearer = exchange(fcm.address, assertion).json["access_token"]
    headers = {"Authorization": f"Bearer {bearer}"}
    call = b'{"to":"/topics/t","registration_tokens":["%s"]}' % phone.value.encode()

    reply = Sender(address=fcm.address, project=fcm.project).post(
        call, path="/iid/v1:batchAdd", headers=headers
    )

    assert (reply.http_status, reply.json) == (403, {"error": "PERMISSION_DENIED"})


def test_an_issued_token_names_the_project_of_instance_id_calls(
    fcm: EmulatorClient, account: dict[str, str]
) -> None:
    target, foreign = new_fid(), new_fid()
    EmulatorClient(fcm.address, "demo-p").register_device(target, "android")
    fcm.register_device(foreign, "android")
    bearer = exchange(fcm.address, sign(account)).json["access_token"]
    call = {"to": "/topics/t", "registration_tokens": [target.value, foreign.value]}

    reply = Sender(address=fcm.address, project="demo-p").post(
        json.dumps(call).encode(),
        path="/iid/v1:batchAdd",
        headers={"Authorization": f"Bearer {bearer}"},
    )

    assert reply.json == {"results": [{}, {"error": "NOT_FOUND"}]}


@pytest.mark.parametrize(
    ("claims", "code", "words"),
    [
        ({"iat": 0, "exp": 3600}, "invalid_grant", "short-lived"),
        ({"exp": int(time.time()) + 7200}, "invalid_grant", "short-lived"),
        ({"iat": "x"}, "invalid_grant", "short-lived"),
        ({"iss": None}, "invalid_grant", "iss"),
        ({"iss": "a@\ud800"}, "invalid_grant", "iss"),
        ({"iss": "nobody"}, "invalid_grant", "iss"),
        ({"aud": "https://example.com"}, "invalid_grant", "audience"),
        ({"scope": ""}, "invalid_scope", "scope"),
    ],
)
def test_a_wrong_claim_is_refused_as_google_refuses_it(
    fcm: EmulatorClient, account: dict[str, str], claims: dict[str, object], code: str, words: str
) -> None:
    reply = exchange(fcm.address, sign(account, **claims))

    assert reply.http_status == 400
    assert set(reply.json) == {"error", "error_description"}
    assert reply.json["error"] == code
    assert words in reply.json["error_description"]


@pytest.mark.parametrize(
    "assertion",
    [
        "",
        "x",
        "a.b.c",
        "e30.e30.",
        "\u00e4",
        "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.",
    ],
)
def test_what_is_no_signed_assertion_is_refused(fcm: EmulatorClient, assertion: str) -> None:
    reply = exchange(fcm.address, assertion)

    assert (reply.http_status, reply.json["error"]) == (400, "invalid_grant")


def test_an_assertion_with_a_shared_secret_is_refused(fcm: EmulatorClient) -> None:
    now_s = int(time.time())
    claims = {"iss": "x@y", "aud": "/token", "scope": SCOPE, "iat": now_s, "exp": now_s + 60}

    reply = exchange(fcm.address, jwt.encode(claims, "secret" * 8, algorithm="HS256"))

    assert (reply.http_status, reply.json["error"]) == (400, "invalid_grant")


def test_another_grant_type_is_unsupported(fcm: EmulatorClient) -> None:
    reply = exchange(fcm.address, "x", "authorization_code")

    assert (reply.http_status, reply.json["error"]) == (400, "unsupported_grant_type")


def test_a_known_account_must_sign_with_its_own_key(
    start: Start, tmp_path: Path, account: dict[str, str]
) -> None:
    known = make_account(tmp_path / "known.json")
    _, address = start("--service-account", str(tmp_path / "known.json"))
    forged = {**known, "private_key": account["private_key"]}

    replies = [exchange(address, sign(who)) for who in (known, forged, account)]

    assert [reply.http_status for reply in replies] == [200, 400, 400]
    assert replies[1].json["error_description"] == "Invalid JWT Signature."
    assert replies[2].json["error_description"] == "Invalid grant: account not found"


def test_without_known_accounts_no_signature_is_verified(
    fcm: EmulatorClient, account: dict[str, str], tmp_path: Path
) -> None:
    other = make_account(tmp_path / "other.json")
    forged = {**account, "private_key": other["private_key"]}

    assert exchange(fcm.address, sign(forged)).http_status == 200


def test_tokens_are_judged_by_the_clock(account: dict[str, str]) -> None:
    now_s = 1_000_000.0
    issuer = Issuer(clock_s=lambda: now_s)
    timely = {"iat": 1_000_000, "exp": 1_003_600}
    bearer = issuer.exchange(sign(account, **timely))

    now_s += 3599
    issuer.check(bearer)
    now_s += 1
    with pytest.raises(Refused, match="ACCESS_TOKEN_EXPIRED"):
        issuer.check(bearer)
    now_s += 301
    with pytest.raises(InvalidGrant, match="short-lived"):
        issuer.exchange(sign(account, **timely))
