"""Asking FCM to validate alone: it answers as if it sent, and delivers nothing."""

import json

from fcm_emulator.targets import new_fid, new_legacy_token
from firebell.core import outcome
from firebell.core.deliveries import Accepted, BadRequest, Gone
from tests.integration.pushes import numbered, push
from tests.integration.scene import Scene


def test_valid_message_is_accepted_and_reaches_no_device(scene: Scene) -> None:
    pushes = numbered(3, scene.emulator)

    replies = scene.services.fcm.send(pushes, validate_only=True)

    assert all(isinstance(outcome.classify(reply), Accepted) for reply in replies)
    assert scene.emulator.messages() == []


def test_target_nobody_registered_is_gone_though_nothing_is_sent(scene: Scene) -> None:
    fid, legacy = push(new_fid()), push(new_legacy_token())

    replies = scene.services.fcm.send([fid, legacy], validate_only=True)

    assert [outcome.classify(reply) for reply in replies] == [Gone(code="UNREGISTERED")] * 2


def test_wrong_message_is_refused_though_nothing_is_sent(scene: Scene) -> None:
    (known,) = numbered(1, scene.emulator)
    wrong = push(new_fid(), json.dumps({"data": {"from": "us"}}).encode())

    replies = scene.services.fcm.send([known, wrong], validate_only=True)

    assert isinstance(outcome.classify(replies[0]), Accepted)
    assert isinstance(outcome.classify(replies[1]), BadRequest)
