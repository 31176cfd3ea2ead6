"""The served OpenAPI document against the app's routes, its limits and the data's names."""

import json
import re
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from firebell import errors, http, services
from firebell.config import Settings
from firebell.core import explanations, schema
from firebell.core.deliveries import Result, State
from firebell.http import description, server
from tests.contract.markdown import ROOT

DOCUMENT: Final[dict[str, Any]] = json.loads(description.DOCUMENT)
SCHEMAS: Final[dict[str, Any]] = DOCUMENT["components"]["schemas"]
NOTIFICATION: Final[dict[str, Any]] = SCHEMAS["Notification"]["properties"]
SEND: Final[dict[str, Any]] = SCHEMAS["SendRequest"]["properties"]
RECIPIENT: Final[dict[str, Any]] = SEND["recipients"]["items"]["properties"]
POST: Final[dict[str, Any]] = DOCUMENT["paths"]["/v1/notifications"]["post"]
METHODS: Final = {"get", "put", "post", "delete", "patch"}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Give the API on services that nothing here calls."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    offline = Settings(project_id="demo-firebell", fcm_emulator_host="127.0.0.1:1")
    return http.create_app(services.build(offline))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def routes_of(app: Flask) -> set[tuple[str, str]]:
    """Return each path and method of *app*; HEAD and OPTIONS are Flask's own."""
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Return each described operation by path and method."""
    return {
        (path, method): operation
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def test_document_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_routes_and_description_name_the_same(app: Flask) -> None:
    assert routes_of(app) == set(operations())


def test_document_is_served_as_it_is_shipped(client: FlaskClient) -> None:
    answer = client.get("/v1/openapi.json")

    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert answer.data == description.DOCUMENT


def test_words_of_a_delivery_are_those_of_the_code() -> None:
    delivery, device = (SCHEMAS[name]["properties"] for name in ("Delivery", "DeliveryDevice"))

    assert set(delivery["reason"]["enum"]) == {*explanations.REASONS, None}
    assert set(delivery["state"]["enum"]) == {*State, "accepted", "scheduled"}
    assert set(device["outcome"]["enum"]) == set(Result)


def test_notification_has_the_fields_of_the_data_model() -> None:
    assert set(NOTIFICATION) == schema.CONTENT_FIELDS


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        (SCHEMAS["Uid"]["maxLength"], schema.MAX_UID_CHARS),
        (SEND["uids"]["maxItems"], schema.MAX_SEND_UIDS),
        (SEND["recipients"]["maxItems"], schema.MAX_SEND_UIDS),
        (SCHEMAS["Accepted"]["properties"]["notifications"]["maxItems"], schema.MAX_SEND_UIDS),
        (NOTIFICATION["actions"]["maxItems"], schema.MAX_ACTIONS),
        (NOTIFICATION["category"]["maxLength"], schema.MAX_LABEL_CHARS),
        (NOTIFICATION["collapseKey"]["maxLength"], schema.MAX_COLLAPSE_KEY_BYTES),
        (NOTIFICATION["localizations"]["maxProperties"], schema.MAX_LOCALIZATIONS),
        (NOTIFICATION["ttlSeconds"]["maximum"], schema.MAX_TTL_S),
    ],
    ids=[
        "uid",
        "uids",
        "recipients",
        "accepted",
        "actions",
        "category",
        "collapseKey",
        "localizations",
        "ttlSeconds",
    ],
)
def test_limit_is_the_one_that_is_checked(said: int, limit: int) -> None:
    assert said == limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (SCHEMAS["Notification"]["description"], schema.MAX_NOTIFICATION_BYTES),
        (RECIPIENT["params"]["description"], schema.MAX_PARAMS_BYTES),
        (SEND["sendAt"]["description"], schema.MAX_SEND_AHEAD_S // 86_400),
        (POST["description"], server.MAX_REQUEST_BYTES),
    ],
    ids=["notification", "params", "sendAt", "request"],
)
def test_limit_that_no_schema_can_state_is_told(text: str, limit: int) -> None:
    assert f"at most {limit:,} " in text.lower()


def test_every_error_has_one_shape() -> None:
    for (path, method), operation in operations().items():
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert "$ref" in answer, f"{method} {path} {status}"
    for answer in DOCUMENT["components"]["responses"].values():
        assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/Error")


def test_codes_are_the_canonical_ones() -> None:
    said = set(SCHEMAS["Error"]["properties"]["error"]["properties"]["code"]["enum"])

    assert {code for code, _ in errors.CANONICAL.values()} <= said


def test_reasons_are_those_of_the_page() -> None:
    said = set(SCHEMAS["Error"]["properties"]["error"]["properties"]["reason"]["enum"])
    page = (ROOT / "docs" / "http-api.md").read_text().partition("| reason of a 403 |")[2]
    table = page.partition("\n\n")[0]

    assert said == {*re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE), None}


@pytest.mark.parametrize(("path", "method"), sorted(operations()))
def test_operation_says_who_may(path: str, method: str) -> None:
    security = operations()[path, method]["security"]
    schemes = {name for choice in security for name in choice}

    assert schemes <= set(DOCUMENT["components"]["securitySchemes"])
    assert bool(schemes) == (path != "/v1/openapi.json")
