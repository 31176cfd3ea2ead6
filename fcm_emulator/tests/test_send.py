import re
from collections.abc import Mapping
from typing import Any

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target, new_fid, new_legacy_token
from fcm_emulator.tests.conftest import Sender

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
NOTIFICATION = {"notification": {"title": "Hello", "body": "World"}}


def test_a_message_to_a_fid_is_accepted_and_received(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    reply = sender.send({"fid": phone.value, **NOTIFICATION, "android": {"priority": "high"}})

    assert reply.http_status == 200
    assert list(reply.json) == ["name"]
    name = reply.json["name"]
    assert re.fullmatch(rf"projects/{sender.project}/messages/0:\d{{16}}%[0-9a-f]{{16}}", name)
    (received,) = fcm.messages()
    assert (received.seq, received.name, received.target) == (1, name, phone)
    assert received.message == {
        "fid": phone.value,
        **NOTIFICATION,
        "android": {"priority": "HIGH"},
    }
    assert received.shown == {"title": "Hello", "body": "World"}


def test_token_takes_a_registration_token_and_a_fid(
    sender: Sender, fcm: EmulatorClient, phone: Target, old_phone: Target
) -> None:
    assert sender.send({"token": old_phone.value}).http_status == 200
    assert sender.send({"token": phone.value}).http_status == 200

    assert [received.target for received in fcm.messages()] == [old_phone, phone]


@pytest.mark.parametrize(
    "target",
    [
        {"fid": new_fid().value},
        {"fid": "malformed"},
        {"fid": ""},
        {"token": new_legacy_token().value},
        {"token": new_fid().value},
    ],
    ids=["unknown fid", "malformed fid", "empty fid", "unknown token", "unknown fid as token"],
)
@pytest.mark.parametrize("is_dry_run", [False, True])
def test_what_is_not_registered_is_not_found(
    sender: Sender, target: dict[str, str], is_dry_run: bool
) -> None:
    reply = sender.send(target, validate_only=is_dry_run)

    assert reply.http_status == 404
    assert reply.error == {
        "code": 404,
        "message": "Requested entity was not found.",
        "status": "NOT_FOUND",
        "details": [{"@type": FCM_ERROR, "errorCode": "UNREGISTERED"}],
    }


@pytest.mark.parametrize("value", ["", "malformed", "short:APA91bxyz"])
def test_a_malformed_registration_token_is_an_invalid_argument(sender: Sender, value: str) -> None:
    reply = sender.send({"token": value})

    assert reply.http_status == 400
    assert reply.error == {
        "code": 400,
        "message": "The registration token is not a valid FCM registration token",
        "status": "INVALID_ARGUMENT",
        "details": [{"@type": FCM_ERROR, "errorCode": "INVALID_ARGUMENT"}],
    }


def test_a_registration_token_is_no_fid(sender: Sender, old_phone: Target) -> None:
    assert sender.send({"fid": old_phone.value}).fcm_code == "UNREGISTERED"


@pytest.mark.parametrize("field", ["validate_only", "validateOnly"])
def test_validate_only_judges_and_delivers_nothing(
    sender: Sender, fcm: EmulatorClient, phone: Target, field: str
) -> None:
    good = sender.send({"fid": phone.value}, **{field: True})
    bad = sender.send({"fid": phone.value, "data": {"from": "x"}}, **{field: True})

    assert good.json == {"name": f"projects/{sender.project}/messages/fake_message_id"}
    assert bad.fcm_code == "INVALID_ARGUMENT"
    assert fcm.messages() == []


def test_a_payload_over_the_limit_is_too_big_for_its_device(sender: Sender, phone: Target) -> None:
    reply = sender.send({"fid": phone.value, "data": {"text": "x" * 4096}})

    assert (reply.http_status, reply.error["message"]) == (400, "Android message is too big")
    assert (reply.fcm_code, reply.violated_fields) == ("INVALID_ARGUMENT", [])


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "key=AAA", "Basic YTpi"])
def test_a_request_without_bearer_is_unauthenticated(
    sender: Sender, authorization: str | None
) -> None:
    headers = {"Authorization": authorization} if authorization is not None else {}
    reply = sender.post(b"{}", headers={"Content-Type": "application/json", **headers})

    assert reply.http_status == 401
    assert reply.error["status"] == "UNAUTHENTICATED"
    assert reply.error["message"].startswith("Request is missing required authentication")
    assert reply.error["details"][0]["reason"] == "CREDENTIALS_MISSING"
    assert reply.fcm_code is None
    assert reply.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("query", ["alt=json&prettyPrint=false", "$.xgafv=2&quotaUser=me"])
def test_google_s_own_query_parameters_are_taken(sender: Sender, phone: Target, query: str) -> None:
    path = f"/v1/projects/{sender.project}/messages:send?{query}"
    body = b'{"message":{"fid":"%s"}}' % phone.value.encode()

    assert sender.post(body, path=path).http_status == 200


def test_other_query_parameters_cannot_be_bound(sender: Sender) -> None:
    reply = sender.post(b"{}", path=f"/v1/projects/{sender.project}/messages:send?to=x")

    assert reply.http_status == 400
    assert 'Unknown name "to": Cannot bind query parameter.' in reply.error["message"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/x-protobuf"]
)
def test_a_body_that_does_not_claim_to_be_json_is_refused(
    sender: Sender, content_type: str
) -> None:
    headers = {"Authorization": "Bearer owner", "Content-Type": content_type}
    reply = sender.post(b"{}", headers=headers)

    assert (reply.http_status, reply.error["status"]) == (400, "INVALID_ARGUMENT")
    assert content_type in reply.error["message"]


@pytest.mark.parametrize(
    ("method", "path", "http_status", "canonical"),
    [
        ("GET", "/v1/projects/p/messages:send", 405, "UNIMPLEMENTED"),
        ("PUT", "/v1/projects/p/messages:send", 405, "UNIMPLEMENTED"),
        ("POST", "/v1/projects/p/messages:send/", 404, "NOT_FOUND"),
        ("POST", "/v1/projects/p/messages", 404, "NOT_FOUND"),
        ("POST", "/fcm/send", 404, "NOT_FOUND"),
        ("POST", "/v1/projects//messages:send", 404, "NOT_FOUND"),
        ("DELETE", "/", 405, "UNIMPLEMENTED"),
        ("GET", "/emulator/v1/projects/p/nothing", 404, "NOT_FOUND"),
    ],
)
def test_a_wrong_path_or_method_is_no_unregistered_device(
    sender: Sender, method: str, path: str, http_status: int, canonical: str
) -> None:
    reply = sender.post(b"{}", method=method, path=path)

    assert (reply.http_status, reply.error["status"]) == (http_status, canonical)
    assert reply.error["code"] == http_status
    assert reply.fcm_code is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message":{"fid":"\xff"}}', "non UTF-8"),
        (b"{" * 100, "Unexpected"),
        (b'{"message":{"data":{"a":"%s"}}}' % (b"x" * 10_000_000), "Recipient of the message"),
        (b" " * 10_485_761, "Request payload size exceeds the limit: 10485760 bytes."),
        (b"x" * 30_000_000, "Request payload size exceeds the limit: 10485760 bytes."),
    ],
    ids=["no utf-8", "no json", "10 MB", "one byte over 10 MiB", "30 MB"],
)
def test_hostile_bodies_get_fcm_s_errors(sender: Sender, body: bytes, message: str) -> None:
    reply = sender.post(body)

    assert (reply.http_status, reply.error["status"]) == (400, "INVALID_ARGUMENT")
    assert message in reply.error["message"]


def fault_bodies() -> list[Any]:
    return [
        ("UNSPECIFIED_ERROR", 500, "UNKNOWN", "UNSPECIFIED_ERROR", "Unknown error."),
        ("INVALID_ARGUMENT", 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "The registration token"),
        ("UNREGISTERED", 404, "NOT_FOUND", "UNREGISTERED", "Requested entity was not found."),
        ("SENDER_ID_MISMATCH", 403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", "SenderId mismatch"),
        ("QUOTA_EXCEEDED", 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "Message rate exceeded"),
        ("UNAVAILABLE", 503, "UNAVAILABLE", "UNAVAILABLE", "The service is currently unavailable."),
        ("INTERNAL", 500, "INTERNAL", "INTERNAL", "Internal error encountered."),
        ("THIRD_PARTY_AUTH_ERROR", 401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR", "Auth error"),
        ("APNS_AUTH_ERROR", 401, "UNAUTHENTICATED", "APNS_AUTH_ERROR", "Auth error from APNS"),
        ("TOPIC_QUOTA", 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", "Topic quota exceeded."),
        ("ACCESS_TOKEN_EXPIRED", 401, "UNAUTHENTICATED", None, "Request had invalid authen"),
        ("PROJECT_QUOTA", 429, "RESOURCE_EXHAUSTED", None, "Quota exceeded for quota metric"),
        ("IAM_PERMISSION_DENIED", 403, "PERMISSION_DENIED", None, "Permission 'cloudmessaging.m"),
    ]


@pytest.mark.parametrize(
    ("fault", "http_status", "canonical", "code", "message"),
    fault_bodies(),
    ids=[case[0] for case in fault_bodies()],
)
def test_each_scripted_error_has_fcm_s_shape(
    sender: Sender,
    fcm: EmulatorClient,
    phone: Target,
    fault: str,
    http_status: int,
    canonical: str,
    code: str | None,
    message: str,
) -> None:
    fcm.fault(fault)

    reply = sender.send({"fid": phone.value})

    assert reply.http_status == reply.error["code"] == http_status
    assert (reply.error["status"], reply.fcm_code) == (canonical, code)
    assert reply.error["message"].startswith(message)
    assert "retry-after" not in reply.headers
    assert fcm.messages() == []


def details_of(sender: Sender, fcm: EmulatorClient, fault: str) -> dict[str, Mapping[str, Any]]:
    fcm.fault(fault)
    details = sender.send({"fid": "x"}).error["details"]
    return {detail["@type"].rpartition(".")[2]: detail for detail in details}


def test_an_exhausted_project_quota_is_explained_without_fcm_error(
    sender: Sender, fcm: EmulatorClient
) -> None:
    details = details_of(sender, fcm, "PROJECT_QUOTA")

    assert set(details) == {"ErrorInfo", "Help"}
    assert details["ErrorInfo"]["reason"] == "RATE_LIMIT_EXCEEDED"
    assert details["ErrorInfo"]["metadata"]["quota_limit"] == "SendsPerMinutePerProject"


def test_an_exhausted_device_quota_names_the_violation(sender: Sender, fcm: EmulatorClient) -> None:
    assert set(details_of(sender, fcm, "QUOTA_EXCEEDED")) == {"QuotaFailure", "FcmError"}


def test_a_denied_permission_is_named(sender: Sender, fcm: EmulatorClient) -> None:
    details = details_of(sender, fcm, "IAM_PERMISSION_DENIED")

    assert details["ErrorInfo"]["metadata"]["permission"] == "cloudmessaging.messages.create"


def test_a_bad_gateway_is_a_page(sender: Sender, fcm: EmulatorClient) -> None:
    fcm.fault("HTML_502")

    reply = sender.send({"fid": "x"})

    assert reply.http_status == 502
    assert reply.headers["content-type"].startswith("text/html")
    assert b"30 seconds" in reply.body


def test_a_fault_can_ask_for_patience(sender: Sender, fcm: EmulatorClient) -> None:
    fcm.fault("UNAVAILABLE", retry_after_s=7)

    assert sender.send({"fid": "x"}).headers["retry-after"] == "7"


def test_a_fault_hits_its_target_as_often_as_it_was_told_to(
    sender: Sender, fcm: EmulatorClient, phone: Target, old_phone: Target
) -> None:
    fcm.fault("UNREGISTERED", target=phone, times=2)

    to_other = sender.send({"token": old_phone.value}).http_status
    to_phone = [sender.send({"fid": phone.value}).http_status for _ in range(3)]

    assert (to_phone, to_other) == ([404, 404, 200], 200)


def test_a_fault_without_count_lasts_until_it_is_cleared(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.fault("INTERNAL")
    fcm.fault("UNAVAILABLE")
    before = [sender.send({"fid": phone.value}).http_status for _ in range(5)]
    fcm.clear_faults()
    after = sender.send({"fid": phone.value}).http_status

    assert (before, after) == ([500] * 5, 200)


def test_a_request_that_fcm_would_not_read_uses_up_no_fault(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.fault("UNAVAILABLE", times=1)

    assert sender.send({"fid": phone.value, "nonsense": 1}).http_status == 400
    assert sender.send({"fid": phone.value}).http_status == 503
