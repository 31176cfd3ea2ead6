"""Whatever any endpoint is sent, none of them fails of its own and each refusal has one shape."""

import http.client
import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from fcm_emulator.app import create_app
from fcm_emulator.client import EmulatorClient
from fcm_emulator.ledger import Ledger
from fcm_emulator.oauth import Issuer

# These answer when something happens, or never.
PATIENT = ("/events", ":wait")
FID = "cAAAAAAAAAAAAAAAAAAAAA"
ENDPOINTS = sorted(
    (method, route.path)
    for route in create_app(Ledger(), Issuer()).routes
    if isinstance(route, Route) and not route.path.endswith(PATIENT)
    for method in route.methods or ()
)
KNOWN_NAMES = """
target kind value platform label error times rate delayMs retryAfterS to from byMs bySeconds name
registration_tokens topicName topic seq after message validateOnly pageSize pageToken allowMissing
details count messagesPerMinute collapsibleBurst grant_type assertion
"""
NAMES = st.sampled_from(KNOWN_NAMES.split())
TARGETS = st.sampled_from([{"kind": "fid", "value": FID}, {"kind": "fid"}, {"kind": 1, "value": 2}])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["android", "fid", "UNAVAILABLE", "/topics/a", FID, 10**30, "\ud800"])
)  # fmt: skip
VALUES = SCALARS | TARGETS | st.lists(SCALARS | TARGETS, max_size=3)
OBJECTS = st.dictionaries(NAMES | st.text(max_size=3), VALUES, max_size=5)
PARTS = st.sampled_from(["p", FID, f"{FID}:APA91bA", "é", "a/b", "..", "%", "\x00", "1"])
BODIES = (OBJECTS | VALUES).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=9)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Authorization": st.sampled_from(["Bearer x", "Bearer x", "Basic x", "Bearer "]),
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


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, bytes, dict[str, str]]:
    method, template = draw(st.sampled_from(ENDPOINTS))
    path = re.sub(r"\{.*?\}", lambda _: quote(draw(PARTS), safe=""), template)
    query = draw(st.dictionaries(NAMES, st.text(st.characters(codec="utf-8"), max_size=4)))
    return method, f"{path}?{urlencode(query)}", draw(BODIES), draw(HEADERS)


def ask(address: str, request: tuple[str, str, bytes, dict[str, str]]) -> tuple[int, str, Any]:
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.request(*request)
        response = connection.getresponse()
        return response.status, response.headers.get("Content-Type", ""), response.read()
    finally:
        connection.close()


@given(request=requests())
@settings(
    max_examples=800,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # any state is as good
)
def test_no_endpoint_fails_whatever_it_is_sent(
    fcm: EmulatorClient, request: tuple[str, str, bytes, dict[str, str]]
) -> None:
    http_status, content_type, body = ask(fcm.address, request)

    assert http_status < 500
    if http_status >= 400 and request[0] != "HEAD":
        assert content_type.startswith("application/json")
        error = json.loads(body)["error"]
        assert isinstance(error, str) or error["code"] == http_status
