"""`/v1/users/{uid}`: a user's data out, and away; for the user and for service accounts alone."""

import dataclasses
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests
from firebase_admin import auth
from flask.testing import FlaskClient
from google.cloud.firestore_v1 import GeoPoint

from firebell import app, http, keys
from firebell.core import erasure, schema
from firebell.core.holdings import LISTED, SINGLE
from firebell.identity import Identity, ServiceTokens, SignedUserTokens
from firebell.keys import Keys
from tests.integration import issuer
from tests.integration.api import bearer_of, error
from tests.integration.doors import CALL_LIMIT_S, Doors
from tests.integration.holdings import fill, text_of
from tests.integration.identity import sign_in
from tests.integration.issuer import ACCOUNT, Issuer, service_claims
from tests.integration.scene import Scene
from tools import servers

AUDIENCE = "https://shop-prod.web.app"
KEY = issuer.new_key("key-1")
LISTS = [holding.name for holding in LISTED]


@pytest.fixture
def ada(scene: Scene) -> dict[str, str]:
    """Give the header of the scene's user, who is no sender."""
    return bearer_of(scene.uid, scene)


@pytest.fixture
def backend() -> dict[str, str]:
    """Give the header of a service account that is allowed."""
    return {"Authorization": f"Bearer {KEY.sign(service_claims(aud=AUDIENCE))}"}


@pytest.fixture
def backends(scene: Scene) -> Iterator[FlaskClient]:
    """Give the API as it meets service accounts."""
    with issuer.serve(Issuer(KEY)) as google:
        origin = f"http://{google.host}"
        identity = Identity(
            SignedUserTokens(project_id=servers.PROJECT, keys=Keys(origin + keys.USER_KEYS)),
            ServiceTokens(
                accounts={ACCOUNT}, audiences={AUDIENCE}, keys=Keys(origin + keys.SERVICE_KEYS)
            ),
        )
        services = dataclasses.replace(scene.services, identity=identity)
        yield http.create_app(services).test_client()


def test_export_shows_everything_but_targets(
    scene: Scene, api: FlaskClient, ada: dict[str, str]
) -> None:
    phones = fill(scene)

    answer = api.get("/v1/users/ada", headers=ada)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    page = answer.get_json()
    assert set(page) == {"uid", "nextPageToken", *LISTS, *(holding.name for holding in SINGLE)}
    assert (page["uid"], page["nextPageToken"], page["tombstone"]) == ("ada", None, None)
    assert [name for name in LISTS if not page[name]] == []
    assert page["settings"]["locale"] == "de-CH"
    assert {d["target"]["kind"] for d in page["recipient"]["devices"].values()} == {
        "fid",
        "legacyToken",
    }
    assert [entry["data"]["body"] for entry in page["inbox"]] == [text_of(scene)] * 2
    assert {entry["data"]["state"] for entry in page["deliveries"]} == {"done"}
    assert {entry["data"].get("kind") for entry in page["outbox"]} == {None, "confirm", "clear"}
    assert [phone.id for phone in phones if phone.id in answer.text] == []


def test_export_writes_each_kind_of_value(
    scene: Scene, api: FlaskClient, ada: dict[str, str]
) -> None:
    odd = {
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "where": GeoPoint(1.0, 2.0),
        "who": scene.client.document("recipients/ada"),
        "bytes": b"\xff",
        "number": float("nan"),
        "list": [{"text": "Grüße 🎉"}],
    }
    scene.inbox_reference("é:odd").create(odd)

    (entry,) = api.get("/v1/users/ada", headers=ada).get_json()["inbox"]

    assert entry == {
        "id": "é:odd",
        "data": {
            "at": "2026-01-01T00:00:00Z",
            "where": {"latitude": 1.0, "longitude": 2.0},
            "who": "recipients/ada",
            "bytes": "/w==",
            "number": "nan",
            "list": [{"text": "Grüße 🎉"}],
        },
    }


def test_large_inbox_comes_in_pages_that_lose_and_repeat_nothing(
    scene: Scene, api: FlaskClient, ada: dict[str, str]
) -> None:
    batch = scene.client.batch()
    for number in range(schema.MAX_EXPORTED + 60):
        batch.set(scene.inbox_reference(f"n{number}"), {"body": "x"})
    batch.commit()
    scene.outbox({"uid": "ada", "body": "x", "inbox": False}, id="o1")

    pages = [api.get("/v1/users/ada", headers=ada).get_json()]
    while token := pages[-1]["nextPageToken"]:
        query = {"pageToken": token}
        pages.append(api.get("/v1/users/ada", query_string=query, headers=ada).get_json())

    found = [entry["id"] for page in pages for entry in page["inbox"]]
    assert [sum(len(page[name]) for name in LISTS) for page in pages] == [501, 61]
    assert set(found) == {f"n{number}" for number in range(schema.MAX_EXPORTED + 60)}
    assert len(found) == len(set(found))
    assert [entry["id"] for page in pages for entry in page["outbox"]] == ["o1"]
    assert ["settings" in page for page in pages] == [True, False]


def test_page_ends_after_four_mebibytes(
    scene: Scene, api: FlaskClient, ada: dict[str, str]
) -> None:
    for number in range(60):
        scene.inbox_reference(f"n{number}").create({"body": "é" * 100_000})

    first = api.get("/v1/users/ada", headers=ada).get_json()

    assert first["nextPageToken"] is not None
    assert 0 < len(first["inbox"]) < 60


def test_unknown_user_has_nothing(api: FlaskClient, scene: Scene) -> None:
    page = api.get("/v1/users/nobody", headers=bearer_of("nobody", scene)).get_json()

    assert page.pop("uid") == "nobody"
    assert len(page.pop("counters")) == 1  # this very call
    assert [name for name, held in page.items() if held] == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("uid", ["grace", "nobody", "ada%20", "Ada"])
def test_another_user_is_denied_whether_there_is_one_or_not(
    scene: Scene, api: FlaskClient, ada: dict[str, str], method: str, uid: str
) -> None:
    scene.device(uid="grace")

    answer = api.open(f"/v1/users/{uid}", method=method, headers=ada)

    assert answer.status_code == 403
    assert error(answer)["message"] == "this request: another_user"
    assert set(scene.recipient("grace")) >= {"devices"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/users/ada"),
        ("DELETE", "/v1/users/ada"),
        ("DELETE", "/v1/users/ada/tombstone"),
    ],
)
def test_nobody_is_unauthenticated(api: FlaskClient, method: str, path: str) -> None:
    assert api.open(path, method=method).status_code == 401


def test_sender_is_denied_what_is_anothers(api: FlaskClient, sender: dict[str, str]) -> None:
    assert api.get("/v1/users/ada", headers=sender).status_code == 403


def test_service_account_exports_and_erases_and_lets_back_in(
    scene: Scene, backends: FlaskClient, backend: dict[str, str]
) -> None:
    fill(scene)

    exported = backends.get("/v1/users/ada", headers=backend)
    erased = backends.delete("/v1/users/ada", headers=backend)
    early = backends.delete("/v1/users/ada/tombstone", headers=backend)
    scene.clock.pass_s(schema.ERASE_AGAIN_AFTER_S)
    scene.client.document("outbox", erasure.errand_id("ada")).delete()
    lifted = [backends.delete("/v1/users/ada/tombstone", headers=backend) for _ in range(2)]

    assert exported.get_json()["recipient"]["devices"]
    assert (erased.status_code, erased.get_json()) == (200, {"state": "erased"})
    assert erased.headers["Cache-Control"] == "no-store"
    assert (early.status_code, error(early)["code"]) == (409, "ALREADY_EXISTS")
    assert [answer.status_code for answer in lifted] == [204, 404]
    assert scene.recipient() == {}


def test_user_cannot_lift_the_own_tombstone(
    api: FlaskClient, ada: dict[str, str], scene: Scene
) -> None:
    api.delete("/v1/users/ada", headers=ada)

    answer = api.delete("/v1/users/ada/tombstone", headers=ada)

    assert answer.status_code == 403
    assert "service_accounts_only" in error(answer)["message"]
    assert set(scene.recipient()) == {"erasedAt", "expireAt"}


def test_erased_user_is_told_of_the_erasure_and_has_nothing(
    scene: Scene, api: FlaskClient, ada: dict[str, str]
) -> None:
    fill(scene)
    api.delete("/v1/users/ada", headers=ada)

    page = api.get("/v1/users/ada", headers=ada).get_json()

    assert page["tombstone"]["state"] == "erased"
    assert set(page["recipient"]) == {"erasedAt", "expireAt"}
    (errand,) = page.pop("outbox")
    assert errand["data"]["kind"] == "erase"
    assert [name for name in LISTS if page.get(name)] == []
    assert page["settings"] is None


@pytest.mark.parametrize(
    ("option", "stays"), [("", True), ("?auth=false", True), ("?auth=true", False)]
)
def test_auth_user_goes_if_that_is_asked_for(
    scene: Scene, api: FlaskClient, option: str, stays: bool
) -> None:
    uid = f"ada-{uuid.uuid4().hex[:8]}"
    headers = bearer_of(uid, scene)

    answers = [api.delete(f"/v1/users/{uid}{option}", headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert is_auth_user(uid) == stays


def is_auth_user(uid: str) -> bool:
    try:
        auth.get_user(uid, app=app.get())
    except auth.UserNotFoundError:
        return False
    return True


@pytest.mark.parametrize(
    ("method", "query", "field"),
    [
        ("DELETE", "auth=yes", "auth"),
        ("DELETE", "auth=", "auth"),
        ("DELETE", "auth=true&auth=false", "auth"),
        ("DELETE", "auht=true", "auht"),
        ("GET", "pageToken=x", "pageToken"),
        ("GET", "pageToken=", "pageToken"),
        ("GET", "limit=5", "limit"),
    ],
)
def test_parameter_that_does_not_fit_is_named_and_nothing_done(
    scene: Scene, api: FlaskClient, ada: dict[str, str], method: str, query: str, field: str
) -> None:
    answer = api.open(f"/v1/users/ada?{query}", method=method, headers=ada)

    assert answer.status_code == 400
    assert error(answer)["field"] == field
    assert scene.recipient() == {}


@pytest.mark.parametrize("uid", ["__ada__", "x" * 129, "a%0Ab"])
def test_uid_that_nobody_can_have_is_refused(
    backends: FlaskClient, backend: dict[str, str], uid: str
) -> None:
    answers = [
        backends.get(f"/v1/users/{uid}", headers=backend),
        backends.delete(f"/v1/users/{uid}", headers=backend),
        backends.delete(f"/v1/users/{uid}/tombstone", headers=backend),
    ]

    assert [(a.status_code, error(a)["field"]) for a in answers] == [(400, "uid")] * 3


def test_deployed_function_exports_and_erases(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()
    id_token = sign_in(deployed.uid, project=doors.project)
    deployed.secrets.append(id_token)
    url = f"{doors.url('api')}v1/users/{deployed.uid}"
    headers = {"Authorization": f"Bearer {id_token}"}

    exported = requests.get(url, headers=headers, timeout=CALL_LIMIT_S)
    erased = requests.delete(f"{url}?auth=true", headers=headers, timeout=CALL_LIMIT_S)
    refused = doors.call(
        "register_device",
        {"target": {"kind": phone.target.kind, "value": phone.target.value}, "platform": "android"},
        id_token,
    )

    assert len(exported.json()["recipient"]["devices"]) == 1
    assert (erased.status_code, erased.json()) == (200, {"state": "erased"})
    assert (refused.status_code, refused.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert "user_erased" in refused.json()["error"]["message"]
    assert phone.id not in exported.text
