"""Whatever any endpoint is sent, none of them fails of its own and each refusal has one shape."""

import base64
import http.client
import json
import re
import time
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from fcm_emulator.app import create_app
from fcm_emulator.client import CallFailed, EmulatorClient
from fcm_emulator.ledger import Ledger
from fcm_emulator.oauth import GRANT_TYPE, Issuer
from fcm_emulator.targets import Target

# These answer when something happens, or never.
PATIENT = ("/events", ":wait", ":assert")
FID = "cAAAAAAAAAAAAAAAAAAAAA"
ENDPOINTS = sorted(
    (method, route.path)
    for route in create_app(Ledger(), Issuer()).routes
    if isinstance(route, Route) and not route.path.endswith(PATIENT)
    for method in route.methods or ()
)
KNOWN_NAMES = """
target kind value platform label error times rate delayMs retryAfterS seed seconds worker dataKey to
name
registration_tokens topicName topic seq after message validateOnly pageSize pageToken allowMissing
details count timeoutMs outcome messagesPerMinute collapsibleBurst grant_type assertion
"""
NAMES = st.sampled_from(KNOWN_NAMES.split())
TARGETS = st.sampled_from([{"kind": "fid", "value": FID}, {"kind": "fid"}, {"kind": 1, "value": 2}])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["android", "fid", "UNAVAILABLE", "/topics/a", FID, 10**30, 10**9, "\ud800"])
)  # fmt: skip
VALUES = SCALARS | TARGETS | st.lists(SCALARS | TARGETS, max_size=3)
OBJECTS = st.dictionaries(NAMES | st.text(max_size=3), VALUES, max_size=5)
PARTS = st.sampled_from(["p", FID, f"{FID}:APA91bA", "é", "a/b", "..", "%", "\x00", "1"])
# What gets past the first check, half the time.
FITTING_PARTS = {"project": "p", "registration:path": FID, "target": FID}
BODIES = (OBJECTS | VALUES).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=9)
NOW_S = int(time.time())
FITTING_CLAIMS = {
    "iss": "a@b",
    "aud": "/token",
    "iat": NOW_S,
    "exp": NOW_S + 3000,
    "scope": "https://www.googleapis.com/auth/cloud-platform",
}
CLAIM_VALUES = SCALARS | st.sampled_from(["a@\ud800", "\ud800@b", "@", "/token"])
CLAIMS = st.dictionaries(st.sampled_from(list(FITTING_CLAIMS)), CLAIM_VALUES, max_size=2).map(
    lambda others: FITTING_CLAIMS | others
)
HEADERS = st.fixed_dictionaries(
    {"Authorization": st.sampled_from([*["Bearer x"] * 5, "Basic x", "Bearer ", ""])},
    optional={
        "Content-Type": st.sampled_from(
            [
                "application/json",
                "application/x-www-form-urlencoded",
                "text/plain",
                "multipart/",
                "",
            ]
        ),
        "access_token_auth": st.just("true"),
    },
)


def assertion(claims: object) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256"}, claims, "unverified")]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


FORMS = CLAIMS.map(
    lambda claims: urlencode({"grant_type": GRANT_TYPE, "assertion": assertion(claims)}).encode()
)


@st.composite
def parts(draw: st.DrawFn, name: str) -> str:
    is_fitting = name in FITTING_PARTS and draw(st.booleans())
    return FITTING_PARTS[name] if is_fitting else draw(PARTS)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, bytes, dict[str, str]]:
    method, template = draw(st.sampled_from(ENDPOINTS))
    path = re.sub(r"\{(.*?)\}", lambda found: quote(draw(parts(found[1])), safe=""), template)
    query = draw(st.dictionaries(NAMES, st.text(st.characters(codec="utf-8"), max_size=4)))
    body = draw(FORMS if template == "/token" else BODIES)
    return method, f"{path}?{urlencode(query)}", body, draw(HEADERS)


def ask(address: str, request: tuple[str, str, bytes, dict[str, str]]) -> tuple[int, str, Any]:
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.request(*request)
        response = connection.getresponse()
        return response.status, response.headers.get("Content-Type", ""), response.read()
    finally:
        connection.close()


@pytest.fixture(name="late")
def _late(fcm_address: str) -> EmulatorClient:
    """Give a project as far ahead as it can be, with a device that is subscribed to a topic."""
    fcm, fid = EmulatorClient(fcm_address, "p"), Target(kind="fid", value=FID)
    with suppress(CallFailed):
        for _ in range(100):
            fcm.advance_clock(3_000_000_000)
    fcm.register_device(fid, "android")
    with suppress(CallFailed):
        fcm.subscribe(fid, "a")
    return fcm


@given(request=requests())
@settings(
    max_examples=800,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # any state is as good
)
def test_no_endpoint_fails_whatever_it_is_sent(
    late: EmulatorClient, request: tuple[str, str, bytes, dict[str, str]]
) -> None:
    http_status, content_type, body = ask(late.address, request)

    assert http_status < 500
    if http_status >= 400 and request[0] != "HEAD":
        assert content_type.startswith("application/json")
        error = json.loads(body)["error"]
        assert isinstance(error, str) or error["code"] == http_status


@given(form=FORMS)
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # any state is as good
)
def test_no_claims_make_the_token_endpoint_fail(fcm: EmulatorClient, form: bytes) -> None:
    http_status, content_type, _ = ask(fcm.address, ("POST", "/token", form, {}))

    assert http_status in (200, 400)
    assert content_type.startswith("application/json")
