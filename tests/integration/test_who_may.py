"""Every route of the API and every callable, knocked at by everybody who might come."""

import ast
import dataclasses
from collections.abc import Iterator

import pytest
import requests
from flask.testing import FlaskClient

from firebell import http, keys
from firebell.identity import Identity, ServiceTokens, SignedUserTokens
from firebell.keys import Keys
from tests.integration import issuer
from tests.integration.api import error
from tests.integration.doors import CALL_LIMIT_S, FUNCTIONS, Doors
from tests.integration.identity import sign_in
from tests.integration.issuer import ACCOUNT, Issuer, service_claims, user_claims
from tests.integration.scene import Scene
from tools import servers

AUDIENCE = "https://shop-prod.web.app"
FUTURE = 2**40
KEY = issuer.new_key("key-1")

IN, NOBODY = "let in", "401"
NO_SENDER, EXPIRED, NO_SERVICE, OTHER = (
    f"403 {reason}"
    for reason in ("not_a_sender", "sender_expired", "service_accounts_only", "another_user")
)

ID_TOKENS = {
    "nobody": None,
    "forger": issuer.unsigned(user_claims(servers.PROJECT, senderUntil=FUTURE)),
    "user of another project": KEY.sign(user_claims("demo-other", senderUntil=FUTURE)),
    "user herself": KEY.sign(user_claims(servers.PROJECT)),
    "another user": KEY.sign(user_claims(servers.PROJECT, sub="grace")),
    "sender whose time is over": KEY.sign(user_claims(servers.PROJECT, sub="x", senderUntil=1)),
    "sender": KEY.sign(user_claims(servers.PROJECT, sub="x", senderUntil=FUTURE)),
    "account for another audience": KEY.sign(service_claims(aud="https://else.where")),
    "account that is not listed": KEY.sign(service_claims(aud=AUDIENCE, email="x@y.z")),
    "listed account": KEY.sign(service_claims(aud=AUDIENCE)),
}
STRANGERS = {
    "nobody": NOBODY,
    "forger": NOBODY,
    "user of another project": NOBODY,
    "account for another audience": NOBODY,
    "account that is not listed": NO_SENDER,
    "listed account": IN,
}
ANYBODY = dict.fromkeys(ID_TOKENS, IN)
SENDERS = {
    **STRANGERS,
    "user herself": NO_SENDER,
    "another user": NO_SENDER,
    "sender whose time is over": EXPIRED,
    "sender": IN,
}
SERVICES = {**dict.fromkeys(ID_TOKENS, NO_SERVICE), **STRANGERS}
SIGNED_IN = {**ANYBODY, **STRANGERS}
ONESELF = {**dict.fromkeys(ID_TOKENS, OTHER), **STRANGERS, "user herself": IN}

WHO_MAY = {
    "POST /v1/notifications": SENDERS,
    "GET /v1/deliveries/<id>": SIGNED_IN,
    "POST /v1/devices:import": SERVICES,
    "GET /v1/users/<uid>": ONESELF,
    "DELETE /v1/users/<uid>": ONESELF,
    "DELETE /v1/users/<uid>/tombstone": SERVICES,
    "GET /v1/openapi.json": ANYBODY,
}
"""What becomes of each caller at each route. A new route needs a line."""


@pytest.fixture
def api(scene: Scene) -> Iterator[FlaskClient]:
    with issuer.serve(Issuer(KEY)) as google:
        origin = f"http://{google.host}"
        proves = Identity(
            SignedUserTokens(project_id=servers.PROJECT, keys=Keys(origin + keys.USER_KEYS)),
            ServiceTokens(
                accounts={ACCOUNT}, audiences={AUDIENCE}, keys=Keys(origin + keys.SERVICE_KEYS)
            ),
        )
        services = dataclasses.replace(scene.services, identity=proves)
        yield http.create_app(services).test_client()


def become_of(api: FlaskClient, route: str, id_token: str | None, uid: str = "ada") -> str:
    """Return what becomes of who comes with *id_token*; the request itself is of no use."""
    method, path = route.replace("<uid>", uid).replace("<id>", "0" * 32).split()
    headers = {} if id_token is None else {"Authorization": f"Bearer {id_token}"}
    answer = api.open(path, method=method, headers=headers, data=b"{}")
    if answer.status_code == 401:
        return NOBODY
    return f"403 {error(answer)['reason']}" if answer.status_code == 403 else IN


@pytest.mark.parametrize("route", WHO_MAY)
def test_each_caller_gets_as_far_as_it_may(scene: Scene, api: FlaskClient, route: str) -> None:
    scene.secrets.extend(id_token for id_token in ID_TOKENS.values() if id_token)

    became = {who: become_of(api, route, id_token) for who, id_token in ID_TOKENS.items()}

    assert became == WHO_MAY[route]


def test_every_route_has_its_callers_named(api: FlaskClient) -> None:
    served = {
        f"{method} {rule.rule}"
        for rule in api.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert served == set(WHO_MAY)


def test_refusal_tells_nothing_of_who_exists(scene: Scene, api: FlaskClient) -> None:
    scene.device()
    refused = [ID_TOKENS["another user"], ID_TOKENS["forger"], None]

    answers = [
        [
            become_of(api, "GET /v1/users/<uid>", id_token, uid=uid)
            for uid in (scene.uid, "nobody", "a%20b", "%00", "x" * 200)
        ]
        for id_token in refused
    ]

    assert answers == [[OTHER] * 5, [NOBODY] * 5, [NOBODY] * 5]


def callables() -> list[str]:
    """Return the name of each callable that main declares."""
    return [
        node.name
        for node in ast.parse((FUNCTIONS / "main.py").read_text()).body
        if isinstance(node, ast.FunctionDef)
        and "on_call" in "".join(ast.dump(decorator) for decorator in node.decorator_list)
    ]


@pytest.mark.parametrize("function", callables())
def test_callable_answers_nobody_who_is_not_signed_in_to_this_project(
    deployed: Scene, doors: Doors, function: str
) -> None:
    foreign = sign_in(deployed.uid, project="demo-elsewhere")
    deployed.secrets.append(foreign)
    url = doors.url(function)
    headers = [
        {},
        {"Authorization": f"Bearer {foreign}"},
        {"Authorization": "Bearer garbage"},
        {"Authorization": f"Basic {foreign}"},
    ]

    answers = [
        requests.post(url, json={"data": {}}, headers=header, timeout=CALL_LIMIT_S)
        for header in headers
    ]

    assert [answer.status_code for answer in answers] == [401] * len(headers)
    assert {answer.json()["error"]["status"] for answer in answers} == {"UNAUTHENTICATED"}
    assert deployed.recipient() == {}
