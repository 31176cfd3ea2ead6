from typing import Any

import msgspec
import pytest

from fcm_emulator import contract, display
from fcm_emulator.display import Shown
from fcm_emulator.targets import Platform

COMMON = {"notification": {"title": "T", "body": "B"}}


@pytest.mark.parametrize(
    ("platform", "message", "shown"),
    [
        ("android", COMMON, Shown(title="T", body="B")),
        ("ios", COMMON, Shown(title="T", body="B")),
        ("web", COMMON, Shown(title="T", body="B")),
        ("android", {"data": {"a": "b"}}, None),
        ("ios", {"apns": {"payload": {"aps": {"content-available": 1}}}}, None),
        ("web", {"data": {"a": "b"}, "webpush": {"headers": {"TTL": "1"}}}, None),
        (
            "android",
            {**COMMON, "android": {"notification": {"title": "A"}}},
            Shown(title="A", body="B"),
        ),
        (
            "android",
            {"android_v2": {"remote_notification": {"notification": {"body": "V"}}}},
            Shown(title=None, body="V"),
        ),
        (
            "ios",
            {**COMMON, "apns": {"payload": {"aps": {"alert": "text"}}}},
            Shown(title=None, body="text"),
        ),
        (
            "ios",
            {**COMMON, "apns": {"payload": {"aps": {"alert": {"title": "I", "body": 7}}}}},
            Shown(title="I", body="B"),
        ),
        ("ios", {**COMMON, "apns": {"payload": {"aps": []}}}, Shown(title="T", body="B")),
        (
            "web",
            {**COMMON, "webpush": {"notification": {"body": "W", "icon": "i"}}},
            Shown(title="T", body="W", icon="i"),
        ),
    ],
)
def test_a_device_shows_its_platforms_own_text_over_the_common(
    platform: Platform, message: dict[str, Any], shown: Shown | None
) -> None:
    request = contract.parse(msgspec.json.encode({"message": {"fid": "f", **message}}))

    assert display.resolve(request.message, platform) == shown
