"""Every message we build passes FCM's validation, as the FCM emulator has it.

The emulator's rules are called here as a library; tests/integration sends some over HTTP.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcm_emulator import contract
from fcm_emulator.refusal import Refused
from firebell.core import parse, payloads, schema
from firebell.core.model import Platform
from tests import goldens
from tests.builders import NOW, a_device, a_fid, a_recipient
from tests.unit import strategies

ids = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=20)


def validate(message: dict[str, Any], platform: Platform) -> None:
    """Have FCM's rules read *message* as sent to a device of *platform*."""
    request = {"validate_only": True, "message": {"fid": a_fid().value, **message}}
    sent = contract.parse(json.dumps(request, ensure_ascii=False).encode())
    contract.check_for_platform(sent.message, platform)


def messages(document: dict[str, Any], notification_id: str) -> dict[Platform, dict[str, Any]]:
    """Return what is sent to a device of each platform, in several languages."""
    notification = parse.outbox_item(notification_id, document).notification
    devices = [
        a_device(1, platform="android"),
        a_device(2, platform="ios", locale="tr"),
        a_device(3, platform="web", locale=None),
    ]
    built = payloads.payloads(
        notification, devices, recipient=a_recipient(*devices), now=NOW, age_s=1.5, unread=7
    )
    return {device.platform: json.loads(payload) for device, payload in built.items()}


@pytest.mark.parametrize("name", goldens.NAMES)
def test_golden_message_is_valid_for_fcm(name: str) -> None:
    platform = next(platform for platform in goldens.PLATFORMS if name.startswith(platform))

    validate(goldens.golden(name), platform)


@given(strategies.documents | strategies.silent_documents, ids)
def test_whatever_the_parser_accepts_fcm_accepts(
    document: dict[str, Any], notification_id: str
) -> None:
    for platform, message in messages(document, notification_id).items():
        validate(message, platform)


@given(strategies.documents)
def test_whatever_firebase_s_worker_is_to_show_fcm_accepts(document: dict[str, Any]) -> None:
    device = a_device(platform="web")
    notification = parse.outbox_item("n1", document).notification

    built = payloads.payloads(
        notification,
        [device],
        recipient=a_recipient(device),
        now=NOW,
        unread=7,
        firebase_worker=True,
    )

    validate(json.loads(built[device]), "web")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12))
@pytest.mark.parametrize("prefix", ["", "google", "gcm.notification.", "gcm", "from"])
def test_key_of_data_that_fcm_refuses_is_refused_first(prefix: str, rest: str) -> None:
    key = prefix + rest
    try:
        validate({"data": {key: "x"}}, "android")
    except Refused:
        assert schema.RESERVED_DATA_KEYS.match(key)


@pytest.mark.parametrize(
    "message",
    [
        {"data": {"google.x": "y"}},
        {"data": {"x": 5}},
        {"android": {"ttl": "5"}},
        {"android": {"priority": "urgent"}},
        {"webpush": {"fcm_options": {"link": "/orders"}}},
        {"notification": {"text": "x"}},
    ],
    ids=str,
)
def test_breach_of_fcm_s_rules_would_be_seen(message: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        validate(message, "android")
