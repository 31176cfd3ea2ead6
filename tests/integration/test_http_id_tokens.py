"""Who is let in by what an ID token says and who signed it: keys and verification are real."""

import dataclasses
import json
import uuid
from collections.abc import Iterator
from functools import partial

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from firebase_admin import auth
from flask.testing import FlaskClient

from firebell import app, http, keys
from firebell.counters import Counters
from firebell.identity import Identity, ServiceTokens, SignedUserTokens
from firebell.keys import Keys
from firebell.permits import Permits
from tests.integration import forgeries, issuer
from tests.integration.api import PATH, error, outbox
from tests.integration.forgeries import FORGERIES, Forger
from tests.integration.issuer import ACCOUNT, Issuer, service_claims, user_claims
from tests.integration.scene import TEXT, Scene
from tools import servers

AUDIENCE = "https://shop-prod.web.app"
FUTURE = 2**40
BODY = {"uid": "ada", "notification": {"body": TEXT}}
REFUSED = {
    "code": "UNAUTHENTICATED",
    "message": "send a valid ID token: Authorization: Bearer …",
    "field": None,
    "reason": None,
}
KEY = issuer.new_key("key-1")

a_user = partial(user_claims, servers.PROJECT, senderUntil=FUTURE)
a_service = partial(service_claims, aud=AUDIENCE)


@pytest.fixture
def google() -> Iterator[Issuer]:
    with issuer.serve(Issuer(KEY)) as served:
        yield served


def identity(google: Issuer, *, checks_revoked: bool = False) -> Identity:
    origin = f"http://{google.host}"
    users = SignedUserTokens(project_id=servers.PROJECT, keys=Keys(origin + keys.USER_KEYS))
    services = ServiceTokens(
        accounts={ACCOUNT}, audiences={AUDIENCE}, keys=Keys(origin + keys.SERVICE_KEYS)
    )
    return Identity(users, services, checks_revoked=checks_revoked)


def api_of(scene: Scene, proves: Identity) -> FlaskClient:
    return http.create_app(dataclasses.replace(scene.services, identity=proves)).test_client()


@pytest.fixture
def api(scene: Scene, google: Issuer) -> FlaskClient:
    return api_of(scene, identity(google))


def send(api: FlaskClient, scene: Scene, id_token: str) -> tuple[int, dict[str, object]]:
    """Send with *id_token*; return the status and the error, empty when there is none."""
    scene.secrets.append(id_token)
    answer = api.post(PATH, json=BODY, headers={"Authorization": f"Bearer {id_token}"})
    return answer.status_code, {} if answer.status_code == 202 else error(answer)


@pytest.mark.parametrize("claims", [a_user, a_service], ids=["user", "service account"])
def test_who_is_signed_for_by_google_sends(
    scene: Scene, api: FlaskClient, claims: forgeries.Claims
) -> None:
    assert send(api, scene, KEY.sign(claims())) == (202, {})
    assert len(outbox(scene)) == 1


@pytest.mark.parametrize("claims", [a_user, a_service], ids=["user", "service account"])
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_forged_id_token_is_refused_like_any_other(
    scene: Scene, api: FlaskClient, claims: forgeries.Claims, forge: Forger
) -> None:
    assert send(api, scene, forge(KEY, claims)) == (401, REFUSED)
    assert outbox(scene) == {}


@pytest.mark.parametrize(
    "claims",
    [
        a_user(iss="https://securetoken.google.com/other", aud="other"),
        a_user(iss="https://securetoken.google.com/other"),
        a_user(sub=""),
        a_user(sub="x" * 129),
        a_user(sub=7),
        {**a_user(), "aud": AUDIENCE},
        a_user(iss="https://accounts.google.com"),
        a_service(email_verified=False),
        a_service(email_verified="true"),
        {name: value for name, value in a_service().items() if name != "email_verified"},
        a_service(iss=f"https://securetoken.google.com/{servers.PROJECT}"),
        a_service(iss="http://accounts.google.com"),
        {**a_service(), "aud": servers.PROJECT, "senderUntil": FUTURE},
    ],
    ids=[
        "user of another project",
        "user of another project's issuer",
        "user without a uid",
        "user of a uid that is too long",
        "user of a uid that is a number",
        "user for a service account's audience",
        "user as a service account",
        "service account, e-mail unverified",
        "service account, e-mail verified in words",
        "service account, e-mail not known to be verified",
        "service account as a user",
        "service account from an address without TLS",
        "service account for the users' audience",
    ],
)
def test_id_token_that_google_signed_for_something_else_is_refused(
    scene: Scene, api: FlaskClient, claims: dict[str, object]
) -> None:
    assert send(api, scene, KEY.sign(claims)) == (401, REFUSED)


@pytest.mark.parametrize("issuer_name", ["accounts.google.com", "https://accounts.google.com"])
def test_service_account_may_come_by_either_of_googles_names(
    scene: Scene, api: FlaskClient, issuer_name: str
) -> None:
    assert send(api, scene, KEY.sign(a_service(iss=issuer_name))) == (202, {})


@pytest.mark.parametrize("email", ["other@shop-prod.iam.gserviceaccount.com", None, 7])
def test_account_that_is_not_on_the_list_is_told_what_any_user_is(
    scene: Scene, api: FlaskClient, email: object
) -> None:
    user = KEY.sign(user_claims(servers.PROJECT))

    stranger = send(api, scene, KEY.sign(a_service(email=email)))

    assert stranger == send(api, scene, user)
    assert stranger[0] == 403


def test_no_service_account_is_let_in_where_none_is_listed(scene: Scene, google: Issuer) -> None:
    none = ServiceTokens(accounts=(), audiences={AUDIENCE}, keys=Keys(f"http://{google.host}/x"))
    proves = Identity(SignedUserTokens(project_id="x", keys=none.keys), none)

    assert send(api_of(scene, proves), scene, KEY.sign(a_service())) == (401, REFUSED)
    assert google.asked == []


@pytest.mark.parametrize(
    "header",
    [
        "{}",
        "Bearer",
        "Bearer{}",
        "Basic {}",
        "Token {}",
        "Bearer\t{}",
        "Bearer {} {}",
        "Bearer {},Bearer {}",
        "Bearer {}, Basic YTpi",
        "Bearer {}=",
        "Bearer {}.e30",
        "Bearer é{}",
        "Bearer {}" + "A" * 8_192,
        "Bearer " + "A" * 60_000,
        "Bearer ..",
        "Bearer a.b.c",
        "Bearer e30.e30.e30",
        "Bearer W10.W10.W10",
        "Bearer bnVsbA.bnVsbA.bnVsbA",
    ],
    ids=lambda header: header[:32],
)
def test_what_is_no_bearer_is_refused_although_an_id_token_is_in_it(
    scene: Scene, api: FlaskClient, header: str
) -> None:
    id_token = KEY.sign(a_user())

    answer = api.post(PATH, json=BODY, headers={"Authorization": header.replace("{}", id_token)})

    assert (answer.status_code, error(answer)) == (401, REFUSED)


def test_id_token_that_is_longer_than_any_of_googles_is_refused(
    scene: Scene, api: FlaskClient
) -> None:
    assert send(api, scene, KEY.sign(a_user(padding="x" * 5_000))) == (202, {})
    assert send(api, scene, KEY.sign(a_user(padding="x" * 8_000))) == (401, REFUSED)


@pytest.mark.parametrize("claims", [a_user, a_service], ids=["user", "service account"])
def test_other_signature_than_rs256_is_refused_although_its_key_is_published(
    scene: Scene, google: Issuer, api: FlaskClient, claims: forgeries.Claims
) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    google.body = json.dumps({KEY.id: KEY.certificate, "curve": pem.decode()}).encode()
    signed = jwt.encode(claims(), private, "ES256", {"kid": "curve"})

    assert jwt.decode(signed, pem, ["ES256"], audience=claims()["aud"]) == claims()
    assert send(api, scene, signed) == (401, REFUSED)


def test_issuer_is_looked_at_once_more_when_it_is_proven(google: Issuer) -> None:
    services = ServiceTokens(
        accounts={ACCOUNT},
        audiences={AUDIENCE},
        keys=Keys(f"http://{google.host}{keys.SERVICE_KEYS}"),
    )

    assert services.email(KEY.sign(a_service())) == ACCOUNT
    with pytest.raises(ValueError, match="issuer"):
        services.email(KEY.sign(a_service(iss="https://example.com")))


def test_scheme_may_be_written_as_one_likes(scene: Scene, api: FlaskClient) -> None:
    header = {"Authorization": f" bEARER  {KEY.sign(a_user())} "}

    assert api.post(PATH, json=BODY, headers=header).status_code == 202


@pytest.fixture
def ada(scene: Scene) -> Iterator[str]:
    """Give the uid of a user whom Firebase Authentication knows, and forget it."""
    uid: str = auth.create_user(app=app.get()).uid
    yield uid
    auth.delete_user(uid, app=app.get())


def test_revoked_id_token_is_refused_where_that_is_checked(
    scene: Scene, google: Issuer, ada: str
) -> None:
    id_token = KEY.sign(a_user(sub=ada))
    checking = api_of(scene, identity(google, checks_revoked=True))
    before = send(checking, scene, id_token)

    auth.revoke_refresh_tokens(ada, app=app.get())

    assert before == (202, {})
    assert send(checking, scene, id_token) == (401, REFUSED)
    assert send(api_of(scene, identity(google)), scene, id_token) == (202, {})


def test_disabled_user_is_refused_where_that_is_checked(
    scene: Scene, google: Issuer, ada: str
) -> None:
    auth.update_user(ada, disabled=True, app=app.get())
    id_token = KEY.sign(a_user(sub=ada))

    assert send(api_of(scene, identity(google, checks_revoked=True)), scene, id_token) == (
        401,
        REFUSED,
    )
    assert send(api_of(scene, identity(google)), scene, id_token) == (202, {})


def test_user_whom_nobody_knows_is_refused_where_that_is_checked(
    scene: Scene, google: Issuer
) -> None:
    checking = api_of(scene, identity(google, checks_revoked=True))

    unknown = KEY.sign(a_user(sub=f"nobody-{uuid.uuid4().hex}"))

    assert send(checking, scene, unknown) == (401, REFUSED)
    assert send(checking, scene, KEY.sign(a_service())) == (202, {})


def test_firebase_is_asked_only_for_who_has_the_right_and_a_permit_left(
    scene: Scene, google: Issuer
) -> None:
    uid = f"nobody-{uuid.uuid4().hex}"
    permits = Permits(Counters(scene.client), limit=2)
    limited = dataclasses.replace(
        scene.services, identity=identity(google, checks_revoked=True), permits=permits
    )
    checking = http.create_app(limited).test_client()
    without_right, with_it = KEY.sign(a_user(sub=uid, senderUntil=1)), KEY.sign(a_user(sub=uid))

    answers = [send(checking, scene, id_token)[0] for id_token in (without_right, with_it, with_it)]

    assert answers == [403, 401, 429]
