import json
from collections.abc import Callable
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import outcome
from firebell.core.deliveries import (
    Accepted,
    BadRequest,
    ConfigurationFault,
    FcmReply,
    Gone,
    Outcome,
    Suspect,
    TryAgain,
)
from tests.builders import an_fcm_error, an_fcm_reply, bad_request_detail, case_id, fcm_detail

INVALID = fcm_detail("INVALID_ARGUMENT")
PAGE_404 = b"<!DOCTYPE html><html><title>Error 404 (Not Found)!!1</title></html>"
PAGE_502 = b"<html><title>502 Server Error</title>Please try again in 30 seconds.</html>"
AUTH_TEXT = (
    "Request is missing required authentication credential. Expected OAuth 2 access token, login "
    "cookie or other valid authentication credential."
)


def test_accepted_message_is_known_by_its_name() -> None:
    reply = an_fcm_reply(200, {"name": "projects/p/messages/0:1500415314455276%31bd1c9631bd1c96"})

    sorted_out = outcome.classify(reply)

    assert sorted_out == Accepted(
        message_name="projects/p/messages/0:1500415314455276%31bd1c9631bd1c96"
    )


@pytest.mark.parametrize(
    ("code", "status", "name", "meant"),
    [
        ("UNREGISTERED", 404, "NOT_FOUND", Gone(code="UNREGISTERED")),
        (
            "SENDER_ID_MISMATCH",
            403,
            "PERMISSION_DENIED",
            ConfigurationFault(code="SENDER_ID_MISMATCH"),
        ),
        (
            "THIRD_PARTY_AUTH_ERROR",
            401,
            "UNAUTHENTICATED",
            ConfigurationFault(code="THIRD_PARTY_AUTH_ERROR"),
        ),
        ("APNS_AUTH_ERROR", 401, "UNAUTHENTICATED", ConfigurationFault(code="APNS_AUTH_ERROR")),
        ("QUOTA_EXCEEDED", 429, "RESOURCE_EXHAUSTED", TryAgain(code="QUOTA_EXCEEDED")),
        ("UNAVAILABLE", 503, "UNAVAILABLE", TryAgain(code="UNAVAILABLE")),
        ("INTERNAL", 500, "INTERNAL", TryAgain(code="INTERNAL")),
        ("INVALID_ARGUMENT", 400, "INVALID_ARGUMENT", Suspect(code="INVALID_ARGUMENT")),
        ("UNSPECIFIED_ERROR", 500, "UNKNOWN", TryAgain(code="UNSPECIFIED_ERROR")),
        ("UNSPECIFIED_ERROR", 403, "UNKNOWN", ConfigurationFault(code="UNSPECIFIED_ERROR")),
    ],
    ids=case_id,
)
def test_fcm_code_decides(code: str, status: int, name: str, meant: Outcome) -> None:
    reply = an_fcm_error(status, fcm_detail(code), message="any sentence", name=name)

    assert outcome.classify(reply) == meant


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_fcm_code_goes_before_the_http_status(status: int) -> None:
    def sorted_out(code: str) -> Outcome:
        return outcome.classify(an_fcm_error(status, fcm_detail(code), message="?", name="?"))

    assert sorted_out("UNREGISTERED") == Gone(code="UNREGISTERED")
    for code in ("SENDER_ID_MISMATCH", "THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR"):
        assert sorted_out(code) == ConfigurationFault(code=code)


@pytest.mark.parametrize(
    ("reply", "meant"),
    [
        pytest.param(
            an_fcm_error(
                404,
                fcm_detail("UNREGISTERED"),
                message="Requested entity was not found.",
                name="NOT_FOUND",
            ),
            Gone(code="UNREGISTERED"),
            id="unknown target",
        ),
        pytest.param(
            an_fcm_reply(404, PAGE_404), ConfigurationFault(code="HTTP_404"), id="HTML 404"
        ),
        pytest.param(
            an_fcm_error(404, message="Requested entity was not found.", name="NOT_FOUND"),
            ConfigurationFault(code="HTTP_404"),
            id="404 of another Google service",
        ),
        pytest.param(
            an_fcm_error(
                401, fcm_detail("THIRD_PARTY_AUTH_ERROR"), message=AUTH_TEXT, name="UNAUTHENTICATED"
            ),
            ConfigurationFault(code="THIRD_PARTY_AUTH_ERROR"),
            id="APNs key missing, in the words of a missing access token",
        ),
        pytest.param(
            an_fcm_error(401, message=AUTH_TEXT, name="UNAUTHENTICATED"),
            ConfigurationFault(code="HTTP_401"),
            id="access token refused",
        ),
        pytest.param(
            an_fcm_error(
                403,
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "IAM_PERMISSION_DENIED",
                    "domain": "cloudresourcemanager.googleapis.com",
                    "metadata": {"permission": "cloudmessaging.messages.create"},
                },
                message="Permission 'cloudmessaging.messages.create' denied on resource",
                name="PERMISSION_DENIED",
            ),
            ConfigurationFault(code="HTTP_403"),
            id="account lacks the permission",
        ),
    ],
)
def test_refusal_is_blamed_on_the_one_at_fault(reply: FcmReply, meant: Outcome) -> None:
    assert outcome.classify(reply) == meant


def test_project_quota_without_a_code_of_fcm_is_tried_again_after_a_minute() -> None:
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {"quota_limit": "SendsPerMinutePerProject", "service": "fcm.googleapis.com"},
    }
    text = "Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute'"

    reply = an_fcm_error(429, info, message=text, name="RESOURCE_EXHAUSTED")

    assert outcome.classify(reply) == TryAgain(code="RATE_LIMIT_EXCEEDED", after_s=60.0)


@pytest.mark.parametrize(
    ("reply", "meant"),
    [
        (FcmReply(status=0, fault="TIMEOUT"), TryAgain(code="TIMEOUT")),
        (FcmReply(status=0), TryAgain(code="NO_REPLY")),
        (an_fcm_reply(502, PAGE_502), TryAgain(code="HTTP_502")),
        (an_fcm_reply(503, b"", retry_after="7"), TryAgain(code="HTTP_503", after_s=7.0)),
        (an_fcm_reply(408, b""), TryAgain(code="HTTP_408")),
        (an_fcm_reply(200, PAGE_502), TryAgain(code="BAD_REPLY")),
        (an_fcm_reply(200, {"name": 5}), TryAgain(code="BAD_REPLY")),
        (an_fcm_reply(200, b"[]"), TryAgain(code="BAD_REPLY")),
    ],
    ids=["timeout", "silence", "HTML 502", "Retry-After", "408", "HTML 200", "no name", "list"],
)
def test_failure_on_the_way_is_tried_again(reply: FcmReply, meant: Outcome) -> None:
    assert outcome.classify(reply) == meant


@pytest.mark.parametrize(
    ("retry_after", "after_s"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("9" * 5000, 86_400.0),
        ("-5", 60.0),
        ("1.5", 60.0),
        ("²", 60.0),
        ("Fri, 31 Dec 2027 23:59:59 GMT", 60.0),
        ("", 60.0),
    ],
    ids=["zero", "spaces", "absurd", "negative", "fraction", "superscript", "date", "empty"],
)
def test_retry_after_is_read_as_seconds_or_not_at_all(retry_after: str, after_s: float) -> None:
    sorted_out = outcome.classify(an_fcm_reply(429, b"", retry_after=retry_after))

    assert sorted_out == TryAgain(code="RATE_LIMIT_EXCEEDED", after_s=after_s)


def test_only_a_401_without_a_code_of_fcm_is_about_our_access() -> None:
    ours = an_fcm_error(401, message=AUTH_TEXT, name="UNAUTHENTICATED")
    detail = fcm_detail("THIRD_PARTY_AUTH_ERROR")
    apple = an_fcm_error(401, detail, message=AUTH_TEXT, name="UNAUTHENTICATED")

    assert outcome.is_expired_access(ours)
    assert outcome.is_expired_access(an_fcm_reply(401, PAGE_404))
    assert not outcome.is_expired_access(apple)
    assert not outcome.is_expired_access(an_fcm_reply(403, PAGE_404))


SHAPED = st.fixed_dictionaries(
    {"error": st.dictionaries(st.just("details"), st.lists(st.just(INVALID) | st.just({})))}
).map(lambda body: json.dumps(body).encode())


def a_refusal(field: str, description: str) -> FcmReply:
    detail = bad_request_detail((field, description))
    return an_fcm_reply(400, {"error": {"details": [detail, INVALID]}})


@pytest.mark.parametrize(
    "text", ["\ud800", "a\udfffb", "x" * 1_100_000], ids=["half", "in", "long"]
)
@pytest.mark.parametrize(
    "reply_with",
    [
        lambda text: an_fcm_reply(200, {"name": text}),
        lambda text: an_fcm_reply(503, {"error": {"details": [fcm_detail(text)]}}),
        lambda text: a_refusal("message.data", text),
        lambda text: a_refusal(text, "wrong"),
    ],
    ids=["name", "code", "description", "field"],
)
def test_whatever_fcm_says_can_be_written_down(
    reply_with: Callable[[str], FcmReply], text: str
) -> None:
    sorted_out = outcome.classify(reply_with(text))

    said = [value for value in asdict(sorted_out).values() if isinstance(value, str)]
    assert 0 < len("".join(said).encode()) <= 2_000


def test_what_is_wrong_is_kept_as_fcm_says_it() -> None:
    sorted_out = outcome.classify(a_refusal("message.data[é]", "is 🎉 too long"))

    assert sorted_out == BadRequest(
        code="INVALID_ARGUMENT", field="message.data[é]", problem="is 🎉 too long"
    )


@given(
    status=st.integers(min_value=0, max_value=599),
    body=st.binary() | SHAPED,
    retry_after=st.none() | st.text(max_size=6),
)
def test_no_reply_crashes_the_sorting(status: int, body: bytes, retry_after: str | None) -> None:
    sorted_out = outcome.classify(FcmReply(status=status, body=body, retry_after=retry_after))

    assert isinstance(sorted_out, Outcome)
