import json
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target
from fcm_emulator.tests.conftest import Sender

JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
SEGMENTS = st.binary(max_size=20).map(lambda raw: quote_from_bytes(raw, safe=""))
# What HTTP allows in a header.
VISIBLE = st.characters(min_codepoint=33, max_codepoint=255, exclude_characters="\x7f")
HARD = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def call(sender: Sender, method: str, path: str, body: bytes, bearer: str = "owner") -> Any:
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    reply = sender.post(body, method=method, path=path, headers=headers)
    assert reply.http_status < 500, reply.body
    return reply.json


@HARD
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "DELETE", "PUT"]),
    segments=st.tuples(SEGMENTS, SEGMENTS, SEGMENTS),
    is_registered=st.booleans(),
    query=st.dictionaries(
        st.sampled_from(["topicName", "pageSize", "page_token", "allow_missing"]),
        st.text(max_size=8),
        max_size=2,
    ),
    body=st.binary(max_size=30) | JSON_VALUES.map(lambda value: json.dumps(value).encode()),
)
def test_whatever_is_asked_about_topics_is_answered(
    sender: Sender,
    phone: Target,
    method: str,
    segments: tuple[str, str, str],
    is_registered: bool,
    query: dict[str, str],
    body: bytes,
) -> None:
    project, registration, topic = segments
    if is_registered:
        project, registration = sender.project, phone.value
    path = f"/v1/projects/{project}/registrations/{registration}/topicSubscriptions"
    path += f"/{topic}" if topic else ""

    answer = call(sender, method, f"{path}?{urlencode(query)}", body)

    assert isinstance(answer, dict)


@HARD
@given(
    path=st.sampled_from(["/iid/v1:batchAdd", "/iid/v1:batchRemove", "/token"]),
    body=st.binary(max_size=60)
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries(
        {"to": st.text(max_size=12), "registration_tokens": st.lists(st.text(), max_size=3)}
    ).map(lambda value: json.dumps(value).encode())
    | st.fixed_dictionaries({"grant_type": st.text(max_size=9), "assertion": st.text()}).map(
        lambda form: urlencode(form).encode()
    ),
    bearer=st.text(VISIBLE, min_size=1, max_size=40),
)
def test_whatever_instance_id_and_the_token_endpoint_get_is_answered(
    sender: Sender, path: str, body: bytes, bearer: str
) -> None:
    answer = call(sender, "POST", path, body, f"ya29.emulator.{bearer}")

    assert "results" in answer or isinstance(answer["error"], str)


@pytest.mark.parametrize("path", ["/faults", "/limits"])
@HARD
@given(value=JSON_VALUES, name=st.sampled_from(["error", "rate", "seed", "collapsibleRefillS"]))
def test_whatever_is_scripted_is_answered(
    fcm: EmulatorClient, sender: Sender, path: str, value: Any, name: str
) -> None:
    where = f"/emulator/v1/projects/{sender.project}{path}"
    method = "PATCH" if path == "/limits" else "POST"

    call(sender, method, where, json.dumps({name: value, "error": "INTERNAL"}).encode())
    call(sender, method, where, json.dumps({name: value}).encode())
    fcm.clear_faults()
