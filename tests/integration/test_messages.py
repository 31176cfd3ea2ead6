"""Messages as the FCM emulator takes them over HTTP: valid, in the reader's language, complete."""

import dataclasses
import json
from typing import Any

import pytest

from fcm_emulator.targets import new_fid
from firebell import delivery, outbox
from firebell.core import outcome
from firebell.core.deliveries import Accepted, BadRequest
from firebell.core.model import Platform
from tests import goldens
from tests.integration.pushes import push
from tests.integration.scene import TEXT, Scene, complete, stored


@pytest.mark.parametrize("name", goldens.NAMES)
def test_golden_message_is_valid_for_fcm(scene: Scene, name: str) -> None:
    platform = next(platform for platform in goldens.PLATFORMS if name.startswith(platform))
    phone = new_fid()
    scene.emulator.register_device(phone, platform)
    payload = json.dumps(goldens.golden(name), ensure_ascii=False).encode()

    (reply,) = scene.services.fcm.send([push(phone, payload)], validate_only=True)

    assert isinstance(outcome.classify(reply), Accepted)


def test_wrong_message_would_be_refused(scene: Scene) -> None:
    phone = new_fid()
    scene.emulator.register_device(phone, "web")
    wrong = goldens.golden("web_firebase") | {"notification": {"text": "x"}}

    refused = push(phone, json.dumps(wrong).encode())
    (reply,) = scene.services.fcm.send([refused], validate_only=True)

    assert isinstance(outcome.classify(reply), BadRequest)


def test_each_device_shows_its_own_language(scene: Scene) -> None:
    german, other = new_fid(), new_fid()
    for phone in (german, other):
        scene.emulator.register_device(phone, "android")
    texts = {"de": {"body": "Ihr Tisch ist fertig"}, "tr": {"body": "Masa"}}

    in_german = scene.register(german, "android", locale="de-AT")
    in_english = scene.register(other, "android", locale="en-GB")
    scene.deliver(complete(localizations=texts))

    assert scene.shown(in_german) == ["Ihr Tisch ist fertig"]
    assert scene.shown(in_english) == [TEXT]


@pytest.mark.parametrize("platform", goldens.PLATFORMS)
def test_text_and_data_arrive_together(scene: Scene, platform: Platform) -> None:
    phone = scene.device(platform)

    scene.deliver(complete(data={"order": "7", "table": "Ünter 4"}))

    (message,) = [received.message for received in scene.emulator.messages(phone.target)]
    assert scene.shown(phone) == [TEXT]
    assert message["data"]["order"] == "7"
    assert message["data"]["table"] == "Ünter 4"


def test_browser_with_firebase_s_worker_is_told_what_to_show(scene: Scene) -> None:
    phone = scene.device("web")
    services = dataclasses.replace(scene.services, firebase_worker=True)

    delivery.deliver_inbox(scene.uid, stored(scene.inbox(complete())), services)

    (received,) = scene.emulator.messages(phone.target)
    assert received.message["webpush"]["notification"]["body"] == TEXT


@pytest.mark.parametrize("text", [{"body": TEXT}, {"message": TEXT}, {"title": TEXT}], ids=str)
def test_text_that_fcm_only_validates_reaches_neither_device_nor_inbox(
    scene: Scene, text: dict[str, Any]
) -> None:
    phones = [scene.device(platform) for platform in goldens.PLATFORMS]
    document = {"uid": scene.uid, "validateOnly": True, **text}

    outbox.accept(stored(scene.outbox(document)), scene.services)

    record = scene.record()
    assert record["state"] == "done"
    assert {record["devices"][phone.id]["outcome"] for phone in phones} == {"accepted"}
    assert scene.emulator.messages() == []
    assert not scene.inbox_reference().get().exists
