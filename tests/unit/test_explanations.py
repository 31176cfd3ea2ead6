"""`explanations`, and the `answers` that hold them: what became of a notification."""

from datetime import timedelta

from firebell.core import answers, explanations
from firebell.core.deliveries import Result, State
from tests.builders import NOW, a_delivery, a_line, a_waiting_line


def test_every_state_and_outcome_has_its_words() -> None:
    assert set(explanations.STATES) == set(State)
    assert set(explanations.OUTCOMES) == set(Result)


def test_state_and_reason_become_one_sentence() -> None:
    dropped = a_delivery(state=State.DROPPED, reason="no_recipient", due_at=None)

    said = explanations.delivery(dropped)

    assert said == "Nobody was to get a push: the user has never registered a device."


def test_reason_of_a_later_version_is_told_as_it_is() -> None:
    assert explanations.sentence("it waits", "moon_phase") == "It waits: moon_phase."


def test_device_is_told_apart_and_its_target_is_not() -> None:
    line = a_line(result=Result.ACCEPTED)

    (device,) = answers.delivery(a_delivery(devices={"d1": line}))["devices"]

    assert device == {
        "device": line.target_hash[:16],
        "platform": "android",
        "outcome": "accepted",
        "reason": None,
        "explanation": "FCM took the message; whether it was shown, FCM does not tell.",
        "code": None,
        "messageName": line.message_name,
        "nextTryAt": None,
    }


def test_what_waits_says_until_when() -> None:
    lines = {
        "own": a_waiting_line(retry_at=NOW + timedelta(hours=1)),
        "shared": a_waiting_line(retry_at=None),
        "done": a_line(),
    }
    waiting = a_delivery(state=State.WAITING, reason="try_again", devices=lines)

    said = answers.delivery(waiting)

    assert said["nextTryAt"] == "2026-03-01T09:02:00Z"
    assert [device["nextTryAt"] for device in said["devices"]] == [
        "2026-03-01T10:00:00Z",
        "2026-03-01T09:02:00Z",
        None,
    ]


def test_end_of_a_lease_is_no_next_try() -> None:
    assert answers.delivery(a_delivery())["nextTryAt"] is None


def test_what_has_not_begun_is_accepted_or_scheduled() -> None:
    at_once = answers.pending("ada", "n1", send_at=None, created_at=NOW)
    later = answers.pending("ada", "n1", send_at=NOW + timedelta(hours=1), created_at=NOW)

    assert (at_once["state"], at_once["nextTryAt"]) == ("accepted", None)
    assert (later["state"], later["nextTryAt"]) == ("scheduled", "2026-03-01T10:00:00Z")
    assert later["explanation"] == "It waits for its sendAt."
