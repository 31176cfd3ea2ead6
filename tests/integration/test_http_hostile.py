"""Requests that no honest client makes: tricks with JSON, headers, origins and methods."""

import gzip
import json
import socket
from urllib.parse import urlsplit

import pytest
import requests
from flask.testing import FlaskClient

from tests.integration import api as calls
from tests.integration.api import PATH, error
from tests.integration.doors import CALL_LIMIT_S, Doors
from tests.integration.scene import TEXT, Scene

GOOD = json.dumps({"uid": "ada", "notification": {"body": TEXT}}).encode()
HEAD = b'{"uid": "ada", "notification": {"body": "x", "badge": '

NO_JSON = {
    "a name twice": b'{"uid": "ada", "uid": "bob", "notification": {"body": "x"}}',
    "a name twice within": b'{"uid": "ada", "notification": {"body": "x", "body": "y"}}',
    "NaN": HEAD + b"NaN}}",
    "Infinity": HEAD + b"-Infinity}}",
    "an integer of 5,000 digits": HEAD + b"9" * 5000 + b"}}",
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "UTF-32": GOOD.decode().encode("utf-32-le"),
    "Latin-1": '{"uid": "é", "notification": {"body": "x"}}'.encode("latin-1"),
    "encoded surrogates": b'{"uid": "\xed\xa0\x80", "notification": {"body": "x"}}',
    "something after it": GOOD + b"x",
    "two of it": GOOD + GOOD,
    "a comment": b"/* */" + GOOD,
    "a NUL after it": GOOD + b"\0",
    "a raw control character": b'{"uid": "ada", "notification": {"body": "a\nb"}}',
    "single quotes": GOOD.replace(b'"', b"'"),
    "maps in maps": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "lists in lists": b"[" * 100_000 + b"]" * 100_000,
    "nothing": b"",
    "spaces": b"  ",
}
JSON = "application/json"


def post(api: FlaskClient, sender: dict[str, str], data: bytes, **headers: str) -> tuple[int, str]:
    """Send *data*; return the status and, of a refusal, the field."""
    said = {"Content-Type": JSON, **{name.replace("_", "-"): v for name, v in headers.items()}}
    answer = api.post(PATH, data=data, headers={**sender, **said})
    return answer.status_code, "" if answer.status_code == 202 else str(error(answer)["field"])


@pytest.mark.parametrize("data", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_json_is_refused(
    scene: Scene, api: FlaskClient, sender: dict[str, str], data: bytes
) -> None:
    assert post(api, sender, data) == (400, "body")
    assert calls.outbox(scene) == {}


@pytest.mark.parametrize(
    ("notification", "field"),
    [
        ('{"body": "x", "badge": 1e999}', "notification.badge"),
        ('{"body": "x", "badge": 99999999999999999999}', "notification.badge"),
        ('{"body": "x", "ttlSeconds": 1.0}', "notification.ttlSeconds"),
        ('{"body": "x", "ttlSeconds": true}', "notification.ttlSeconds"),
        (r'{"body": "\ud83c"}', "notification.body"),
        (r'{"body": "x", "data": {"\udfff": "y"}}', r"notification.data.\udfff"),
        ('{"body": "x", "__proto__": {}}', "notification.__proto__"),
        ('{"body": "x", "": 1}', "notification."),
        ('{"body": ["x"]}', "notification.body"),
        ('{"body": "x", "data": {"a": {"b": {}}}}', "notification.data.a"),
        ('{"body": "x", "link": "JaVaScRiPt:alert(1)"}', "notification.link"),
    ],
)
def test_value_that_is_json_and_cannot_be_meant_is_named(
    scene: Scene, api: FlaskClient, sender: dict[str, str], notification: str, field: str
) -> None:
    data = f'{{"uid": "ada", "notification": {notification}}}'.encode()

    assert post(api, sender, data) == (400, field)
    assert calls.outbox(scene) == {}


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
        "application/json-seq",
        "application/json, text/plain",
        "*/*",
    ],
)
def test_body_of_another_type_is_unsupported(
    scene: Scene, api: FlaskClient, sender: dict[str, str], media_type: str
) -> None:
    answer = api.post(PATH, data=GOOD, headers={**sender, "Content-Type": media_type})

    assert answer.status_code == 415
    assert error(answer) == {
        "code": "INVALID_ARGUMENT",
        "message": "send Content-Type: application/json",
        "field": None,
        "reason": None,
    }
    assert calls.outbox(scene) == {}


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_named_as_it_is_everywhere(
    api: FlaskClient, sender: dict[str, str], media_type: str
) -> None:
    assert post(api, sender, GOOD, Content_Type=media_type) == (202, "")


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "gzip, identity"])
def test_compressed_body_is_unsupported(
    api: FlaskClient, sender: dict[str, str], encoding: str
) -> None:
    assert post(api, sender, gzip.compress(GOOD), Content_Encoding=encoding) == (415, "None")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PATH, 405),
        ("HEAD", PATH, 405),
        ("OPTIONS", PATH, 405),
        ("PUT", PATH, 405),
        ("TRACE", PATH, 405),
        ("BREW", PATH, 405),
        ("POST", "/v1/openapi.json", 405),
        ("POST", PATH + "/", 404),
        ("POST", "/V1/notifications", 404),
        ("POST", "//v1/notifications", 404),
        ("GET", "/static/main.py", 404),
        ("GET", "/v1/../main.py", 404),
        ("OPTIONS", "*", 404),
    ],
)
def test_other_methods_and_paths_are_told_in_one_form(
    api: FlaskClient, sender: dict[str, str], method: str, path: str, status: int
) -> None:
    answer = api.open(path, method=method, headers=sender)

    assert (answer.status_code, answer.mimetype) == (status, JSON)
    assert ("Allow" in answer.headers) == (status == 405)
    if method != "HEAD":
        assert error(answer)["code"] == ("UNIMPLEMENTED" if status == 405 else "NOT_FOUND")


def test_description_answers_head_as_get(api: FlaskClient) -> None:
    answer = api.head("/v1/openapi.json")

    assert (answer.status_code, answer.mimetype, answer.data) == (200, JSON, b"")


def test_header_may_ask_for_another_method_in_vain(
    scene: Scene, api: FlaskClient, sender: dict[str, str]
) -> None:
    answer = api.get(PATH, headers={**sender, "X-HTTP-Method-Override": "POST"})

    assert answer.status_code == 405
    assert calls.outbox(scene) == {}


def test_no_page_of_another_origin_is_let_in(doors: Doors, deployed: Scene) -> None:
    url = doors.url("api")
    origin = {"Origin": "https://evil.example"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "*"}

    answers = [
        requests.options(url + PATH[1:], headers={**origin, **asked}, timeout=CALL_LIMIT_S),
        requests.post(url + PATH[1:], GOOD, headers=origin, timeout=CALL_LIMIT_S),
        requests.get(f"{url}v1/openapi.json", headers=origin, timeout=CALL_LIMIT_S),
    ]

    assert [answer.status_code for answer in answers] == [405, 401, 200]
    names = {name.lower() for answer in answers for name in answer.headers}
    assert not any(name.startswith("access-control-") for name in names)


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: -1",
        "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, identity",
        "Content-Length: abc",
        "X-Bad Name: 1",
    ],
)
def test_ambiguous_framing_is_no_fault_of_ours(doors: Doors, deployed: Scene, head: str) -> None:
    where = urlsplit(doors.url("api"))
    assert where.hostname
    assert where.port
    request = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n{head}\r\n\r\n"

    with socket.create_connection((where.hostname, where.port), timeout=CALL_LIMIT_S) as peer:
        peer.sendall(request.encode() + b"0\r\n\r\n")
        peer.shutdown(socket.SHUT_WR)
        status = peer.makefile("rb").readline().split()[1:2]

    assert status
    assert status[0].startswith(b"4")


def test_answer_repeats_no_markup_and_is_not_sniffed(
    api: FlaskClient, sender: dict[str, str]
) -> None:
    answer = api.get("/v1/deliveries/<script>alert(1)<", headers=sender)

    assert answer.mimetype == JSON
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "said"),
    [("/v1/openapi.json", "public, max-age=300"), ("/", "no-store"), (PATH, "no-store")],
)
def test_no_cache_keeps_what_is_not_for_everybody(api: FlaskClient, path: str, said: str) -> None:
    assert api.get(path).headers["Cache-Control"] == said
