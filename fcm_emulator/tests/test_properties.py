"""Whatever is sent, the reply is one of FCM's."""

import http.client
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fcm_emulator import contract
from fcm_emulator.client import EmulatorClient
from fcm_emulator.refusal import Refused
from fcm_emulator.targets import Target
from fcm_emulator.tests.messages import EVERYTHING, camel

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["5s", "-1s", "#123456", "high", "2026-11-23T10:00:00Z", "", "\ud800"])
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
TARGETS = ["fid", "token", "topic", "condition"]
HTTP_STATUSES = {"INVALID_ARGUMENT": 400, "NOT_FOUND": 404, "RESOURCE_EXHAUSTED": 429}


def paths(block: Any, at: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(block, dict):
        return [at]
    return [at, *(path for name, part in block.items() for path in paths(part, (*at, name)))]


@st.composite
def mutated_bodies(draw: st.DrawFn) -> bytes:
    message = json.loads(json.dumps(draw(st.sampled_from([EVERYTHING, camel(EVERYTHING)]))))
    for target in draw(st.lists(st.sampled_from(TARGETS), min_size=3, unique=True)):
        del message[target]
    request = {"message": message, "validate_only": draw(st.booleans())}
    for path in draw(st.lists(st.sampled_from(paths(request)[1:]), max_size=4)):
        _mutate(draw, request, path)
    body = json.dumps(request).encode()
    if draw(st.booleans()):
        return body
    cut = draw(st.integers(0, len(body)))
    return body[:cut] + draw(st.binary(max_size=3)) + body[cut + draw(st.integers(0, 3)) :]


def _mutate(draw: st.DrawFn, block: Any, path: tuple[str, ...]) -> None:
    for name in path[:-1]:
        block = block.get(name) if isinstance(block, dict) else None
    if not isinstance(block, dict):
        return
    change = draw(st.sampled_from(["drop", "replace", "replace", "rename", "add"]))
    if change == "add":
        block[draw(st.text(max_size=8))] = draw(JUNK)
    elif change == "replace":
        block[path[-1]] = draw(JUNK)
    else:
        value = block.pop(path[-1], None)
        if change == "rename":
            block[draw(st.text(max_size=8))] = value


def assert_fcm_reply(http_status: int, body: bytes) -> None:
    answer = json.loads(body)
    if http_status == 200:
        assert list(answer) == ["name"]
        return
    assert set(answer) == {"error"}
    error = answer["error"]
    assert set(error) <= {"code", "message", "status", "details"}
    assert error["code"] == http_status == HTTP_STATUSES[error["status"]]
    assert error["message"]
    assert all(
        d["@type"].startswith("type.googleapis.com/google.") for d in error.get("details", [])
    )


@given(body=mutated_bodies())
@settings(max_examples=1200, deadline=None)
def test_the_contract_accepts_or_refuses_every_mutated_message(body: bytes) -> None:
    try:
        contract.parse(body)
    except Refused as refused:
        assert_fcm_reply(refused.refusal.http_status, refused.refusal.body)


@given(body=mutated_bodies() | st.binary(max_size=200))
@settings(
    max_examples=1000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # one project serves all examples
)
def test_every_mutated_message_gets_a_reply_of_fcm(
    fcm: EmulatorClient, phone: Target, body: bytes
) -> None:
    body = body.replace(b'"fid": "f"', b'"fid": "%s"' % phone.value.encode())
    connection = http.client.HTTPConnection(fcm.address, timeout=30)
    try:
        headers = {"Authorization": "Bearer owner", "Content-Type": "application/json"}
        path = f"/v1/projects/{fcm.project}/messages:send"
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        assert_fcm_reply(response.status, response.read())
    finally:
        connection.close()
