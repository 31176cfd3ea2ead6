"""`outcome` for FCM's 400s: a refused target is told from a refused message."""

from typing import Any

import pytest

from firebell.core import outcome
from firebell.core.deliveries import BadRequest, Suspect
from tests.builders import an_fcm_error, an_fcm_reply, bad_request_detail, fcm_detail

INVALID = fcm_detail("INVALID_ARGUMENT")


@pytest.mark.parametrize(
    "details",
    [
        pytest.param([INVALID], id="nothing but FcmError"),
        pytest.param(
            [INVALID, bad_request_detail(("message.token", "Invalid registration token"))],
            id="FcmError first",
        ),
        pytest.param(
            [bad_request_detail(("message.token", "Invalid registration token")), INVALID],
            id="BadRequest first",
        ),
        pytest.param([bad_request_detail(("message.fid", "Invalid FID")), INVALID], id="FID"),
        pytest.param([bad_request_detail(("message.fid", "Invalid FID"))], id="no FcmError"),
        pytest.param(["noise", {"@type": "other"}, INVALID], id="among other details"),
    ],
)
def test_malformed_target_makes_the_device_suspect(details: list[Any]) -> None:
    message = "The registration token is not a valid FCM registration token"

    reply = an_fcm_error(400, *details, message=message, name="INVALID_ARGUMENT")

    assert outcome.classify(reply) == Suspect(code="INVALID_ARGUMENT")


NO_RECIPIENT = "Recipient of the message is not set."
NO_STRING = "Invalid value at 'message.data[0].value' (TYPE_STRING), 12"
NO_FIELD = "refused by FCM without naming a field"


@pytest.mark.parametrize(
    ("details", "field", "problem"),
    [
        pytest.param([bad_request_detail(), INVALID], "message", NO_FIELD, id="too big"),
        pytest.param([INVALID, bad_request_detail()], "message", NO_FIELD, id="too big, swapped"),
        pytest.param(
            [bad_request_detail(("message.data[0].value", NO_STRING)), INVALID],
            "message.data[0].value",
            NO_STRING,
            id="data value is no string",
        ),
        pytest.param(
            [bad_request_detail(("message.data[0].value", NO_STRING))],
            "message.data[0].value",
            NO_STRING,
            id="data value is no string, no FcmError",
        ),
        pytest.param(
            [INVALID, bad_request_detail(("message", NO_RECIPIENT))],
            "message",
            NO_RECIPIENT,
            id="no target",
        ),
        pytest.param(
            [
                bad_request_detail(
                    ("message.token", "Invalid"), ("message.android.ttl", "Invalid")
                ),
                INVALID,
            ],
            "message.android.ttl",
            "Invalid",
            id="target and lifespan: a bad message proves nothing against the target",
        ),
        pytest.param(
            [bad_request_detail(("", 'Unknown name "validate": Cannot find field.'))],
            "message",
            'Unknown name "validate": Cannot find field.',
            id="unknown name at the root, where no field is given",
        ),
        pytest.param(
            [bad_request_detail(("message.apns", ""))],
            "message.apns",
            "refused by FCM without saying why",
            id="no description",
        ),
        pytest.param([fcm_detail("UNSPECIFIED_ERROR")], "message", NO_FIELD, id="unspecified"),
        pytest.param([], "message", NO_FIELD, id="no details"),
    ],
)
def test_bad_message_is_never_blamed_on_the_device(
    details: list[Any], field: str, problem: str
) -> None:
    message = "Android message is too big"

    sorted_out = outcome.classify(
        an_fcm_error(400, *details, message=message, name="INVALID_ARGUMENT")
    )

    assert isinstance(sorted_out, BadRequest)
    assert (sorted_out.field, sorted_out.problem) == (field, problem)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"\xff\xfe\x00",
        {"error": None},
        {"error": {"details": None}},
        {"error": {"details": {"@type": "?"}}},
        {"error": {"details": [INVALID | {"errorCode": ["?"]}]}},
        {"error": {"details": [bad_request_detail() | {"fieldViolations": 5}]}},
        {"error": {"details": [bad_request_detail() | {"fieldViolations": [5, {"field": []}]}]}},
    ],
    ids=["deep", "binary", "error", "details", "map", "code", "violations", "field"],
)
def test_malformed_refusal_blames_no_device(body: Any) -> None:
    assert isinstance(outcome.classify(an_fcm_reply(400, body)), BadRequest)
