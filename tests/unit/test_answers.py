"""What callables answer."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from firebell.core import answers
from tests.builders import NOW, a_device, a_legacy_token


def test_devices_are_shown_whole_but_for_their_targets() -> None:
    device = a_device(target=a_legacy_token(), state="quarantined", reason="target_refused")

    shown = answers.device_list([device], now=NOW, stale_days=30)

    assert shown == [
        {
            "device": "13575598c32f68c3",
            "platform": "android",
            "label": "Pixel 9",
            "appVersion": "3.2.1",
            "locale": "de-AT",
            "timezone": "Europe/Vienna",
            "createdAt": "2025-12-01T09:00:00Z",
            "lastSeenAt": "2026-02-27T09:00:00Z",
            "state": "quarantined",
            "reason": "target_refused",
            "isStale": False,
        }
    ]


def test_no_device_shows_its_target_or_its_id() -> None:
    devices = [a_device(1), a_device(2, target=a_legacy_token(2))]

    said = json.dumps(answers.device_list(devices, now=NOW, stale_days=30))

    hidden = [text for device in devices for text in (device.id, device.target.value)]
    assert [text for text in hidden if text in said] == []


def test_device_seen_last_comes_first_and_stale_ones_are_named() -> None:
    days = (40, 1, 31)
    devices = [a_device(n, last_seen_at=NOW - timedelta(days=age)) for n, age in enumerate(days)]

    shown = answers.device_list(devices, now=NOW, stale_days=30)

    seen = [(line["lastSeenAt"][:10], line["isStale"]) for line in shown]
    assert seen == [("2026-02-28", False), ("2026-01-29", True), ("2026-01-20", True)]


def test_what_a_device_did_not_tell_is_null() -> None:
    device = replace(a_device(), label=None, app_version=None, locale=None, timezone=None)

    (shown,) = answers.device_list([device], now=NOW, stale_days=30)

    assert [name for name, value in shown.items() if value is None] == [
        *("label", "appVersion", "locale", "timezone", "reason")
    ]


def test_time_is_told_in_utc_with_its_fraction() -> None:
    assert (
        answers.time(datetime(2026, 3, 1, 9, 0, 0, 250_000, UTC)) == "2026-03-01T09:00:00.250000Z"
    )
