"""`confirming`: what becomes of a device whose target FCM refused."""

import json

import pytest

from firebell.core import confirming, schema
from firebell.core.confirming import Verdict
from firebell.core.deliveries import (
    Accepted,
    BadRequest,
    ConfigurationFault,
    Gone,
    Outcome,
    Suspect,
    TryAgain,
)
from firebell.errors import InvalidRequest
from tests.builders import NOW, a_device, a_fid, a_legacy_token, case_id

DOUBTED = a_device(state="quarantined", reason="target_refused")


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Accepted(message_name="fake_message_id"), Verdict.RESTORE),
        (Gone(code="UNREGISTERED"), Verdict.REMOVE),
        (Suspect(code="INVALID_ARGUMENT"), Verdict.REMOVE),
        (TryAgain(code="UNAVAILABLE"), Verdict.ASK_AGAIN),
        (ConfigurationFault(code="SENDER_ID_MISMATCH"), Verdict.ASK_AGAIN),
        (BadRequest(code="INVALID_ARGUMENT", field="message", problem="x"), Verdict.ASK_AGAIN),
    ],
    ids=case_id,
)
def test_only_a_clear_answer_removes_or_restores(outcome: Outcome, verdict: Verdict) -> None:
    assert confirming.verdict(outcome, asked=0) is verdict


def test_question_without_answers_ends() -> None:
    busy = TryAgain(code="UNAVAILABLE")

    assert confirming.verdict(busy, asked=schema.MAX_CONFIRMATIONS - 2) is Verdict.ASK_AGAIN
    assert confirming.verdict(busy, asked=schema.MAX_CONFIRMATIONS - 1) is Verdict.LEAVE


def test_errand_finds_its_device() -> None:
    errand_id, document = confirming.errand("ada", DOUBTED)

    assert errand_id.startswith("confirm-")
    assert confirming.doubted(document, {DOUBTED.id: DOUBTED}) == DOUBTED
    assert confirming.errand("bob", DOUBTED)[0] != errand_id


@pytest.mark.parametrize(
    "held",
    [None, a_device(), a_device(state="quarantined", target=a_legacy_token())],
    ids=["gone", "registered again", "another target"],
)
def test_device_that_is_no_longer_doubted_is_left_alone(held: object) -> None:
    _, document = confirming.errand("ada", DOUBTED)
    devices = {} if held is None else {DOUBTED.id: held}

    assert confirming.doubted(document, devices) is None  # type: ignore[arg-type] # one of three


def test_errand_without_a_device_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="deviceId"):
        confirming.doubted({"kind": "confirm"}, {})


def test_question_is_put_an_hour_later() -> None:
    assert (confirming.due_at(NOW) - NOW).total_seconds() == schema.CONFIRM_AFTER_S


def test_probe_says_nothing_but_its_target() -> None:
    assert json.loads(confirming.PROBE) == {"data": {"firebell": "probe"}}
    assert a_fid().value.encode() not in confirming.PROBE
