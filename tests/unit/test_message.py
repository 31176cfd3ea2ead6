import contextlib
import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import message
from firebell.core.model import Notification, Platform
from firebell.errors import InvalidRequest
from tests.builders import NOW, a_bare_notification, a_device, a_legacy_token, a_notification

GOLDEN = Path(__file__).parent / "golden"
PLATFORMS: tuple[Platform, ...] = ("android", "ios", "web")

each_platform = pytest.mark.parametrize("platform", PLATFORMS)


def built(
    notification: Notification,
    platform: Platform,
    *,
    now: datetime = NOW,
    unread: int | None = None,
) -> Any:
    """Return the message as FCM reads it: built, serialized and parsed again."""
    device = a_device(platform=platform)
    return json.loads(
        message.serialize(message.build(notification, device, now=now, unread=unread))
    )


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


@each_platform
def test_full_notification_says_it_all(platform: Platform) -> None:
    assert built(a_notification(), platform) == golden(platform)


@each_platform
def test_bare_notification_says_the_least(platform: Platform) -> None:
    assert built(a_bare_notification(), platform) == golden(f"{platform}_bare")


@pytest.mark.parametrize("platform", ["android", "ios"])
def test_silent_notification_wakes_the_app_and_shows_nothing(platform: Platform) -> None:
    silent = Notification(id="n1", data={"sync": "orders"}, badge=3)

    assert built(silent, platform) == golden(f"{platform}_silent")


@each_platform
def test_devices_of_a_platform_share_one_message_without_a_target(platform: Platform) -> None:
    one = a_device(1, platform=platform)
    two = a_device(2, platform=platform, target=a_legacy_token(2), locale="tr", label=None)

    messages = [message.build(a_notification(), device, now=NOW) for device in (one, two)]

    assert messages[0] == messages[1]
    assert {"fid", "token"}.isdisjoint(messages[0])


def test_web_worker_finds_what_to_show() -> None:
    shown = json.loads(built(a_notification(), "web")["data"]["firebell"])

    assert shown == {
        "title": "Dinner is ready 🍲",
        "body": "العشاء جاهز",
        "image": "https://example.com/soup.png",
        "tag": "n1",
        "actions": [
            {"action": "come", "title": "Coming"},
            {"action": "late", "title": "Later", "link": "app://orders/7/later"},
        ],
    }


def test_normal_priority_is_said_in_each_platforms_words() -> None:
    calm = a_notification(priority="normal")

    assert built(calm, "android")["android"]["priority"] == "NORMAL"
    assert built(calm, "ios")["apns"]["headers"]["apns-priority"] == "5"
    assert built(calm, "web")["webpush"]["headers"]["Urgency"] == "normal"


@pytest.mark.parametrize(
    ("badge", "unread", "shown"),
    [("unread", 12, 12), ("unread", 0, 0), ("unread", None, None), (5, 12, 5), (None, 12, None)],
    ids=["counted", "all read", "not counted", "fixed", "none"],
)
def test_badge_is_the_count_of_unread_where_asked_for(
    badge: Any, unread: int | None, shown: int | None
) -> None:
    notification = a_notification(badge=badge)

    android = built(notification, "android", unread=unread)["android"]["notification"]
    ios = built(notification, "ios", unread=unread)["apns"]["payload"]["aps"]

    assert android.get("notification_count") == shown
    assert ios.get("badge") == shown


@pytest.mark.parametrize(
    ("ttl_s", "expires_in", "life_s"),
    [
        (None, None, 2_419_200),
        (0, None, 0),
        (3600, None, 3600),
        (3600, timedelta(minutes=30), 1800),
        (600, timedelta(minutes=30), 600),
        (None, timedelta(seconds=90.9), 90),
        (3600, timedelta(seconds=-5), 0),
        (None, timedelta(days=365), 2_419_200),
    ],
    ids=["default", "0", "said", "end first", "life first", "end alone", "past", "far end"],
)
def test_push_lives_until_its_life_or_its_end_is_over(
    ttl_s: int | None, expires_in: timedelta | None, life_s: int
) -> None:
    expire_at = None if expires_in is None else NOW + expires_in
    notification = a_notification(ttl_s=ttl_s, expire_at=expire_at)

    expiration = built(notification, "ios")["apns"]["headers"]["apns-expiration"]

    assert built(notification, "android")["android"]["ttl"] == f"{life_s}s"
    assert built(notification, "web")["webpush"]["headers"]["TTL"] == str(life_s)
    assert int(expiration) == int(NOW.timestamp()) + life_s


def test_senders_data_cannot_displace_the_notifications_id() -> None:
    data = built(a_notification(data={"link": "app://other"}), "ios")["data"]

    assert data == {"notificationId": "n1", "link": "app://other", "category": "kitchen"}


def replacement_keys(notification_id: str) -> tuple[str, str, str, str]:
    """Return what makes a repeat replace: Android's tag, the collapse id, web's tag and topic."""
    notification = a_bare_notification(id=notification_id)
    web = built(notification, "web")
    return (
        built(notification, "android")["android"]["notification"]["tag"],
        built(notification, "ios")["apns"]["headers"]["apns-collapse-id"],
        json.loads(web["data"]["firebell"])["tag"],
        web["webpush"]["headers"]["Topic"],
    )


@pytest.mark.parametrize(
    ("notification_id", "collapse_id", "topic"),
    [
        pytest.param("x" * 32, "x" * 32, "x" * 32, id="32 characters"),
        pytest.param("x" * 33, "x" * 33, "EbpVo6fB7g-OuIZ9xApixnJA60peoSXu", id="33 characters"),
        pytest.param("x" * 64, "x" * 64, "fOEAlx9k5wAej-WlGXPs3-HO1Cvv5-6N", id="64 characters"),
        pytest.param("a.b", "a.b", "LnM23I66h-9HLfVow1SCq_JXXcPl6sDF", id="no URL-safe alphabet"),
    ],
)
def test_repeat_replaces_what_it_repeats(
    notification_id: str, collapse_id: str, topic: str
) -> None:
    assert replacement_keys(notification_id) == (
        notification_id,
        collapse_id,
        notification_id,
        topic,
    )


@given(st.text(min_size=1, max_size=100))
def test_any_id_fits_the_headers(notification_id: str) -> None:
    tag, collapse_id, web_tag, topic = replacement_keys(notification_id)

    assert tag == web_tag == notification_id
    assert re.fullmatch(r"[\x21-\x7e]{1,64}", collapse_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", topic)


def test_long_ids_that_differ_at_the_end_do_not_replace_each_other() -> None:
    one, two = replacement_keys("ü" * 40 + "1"), replacement_keys("ü" * 40 + "2")

    assert one[1] != two[1]
    assert one[3] != two[3]


def with_payload_of(size: int, letter: str = "x") -> dict[str, Any]:
    """Return an Android message of exactly *size* bytes of JSON."""
    empty = message.build(a_bare_notification(body=""), a_device(), now=NOW)
    spare = size - len(message.serialize(empty))
    count, rest = divmod(spare, len(letter.encode()))
    body = letter * count + "x" * rest
    return message.build(a_bare_notification(body=body), a_device(), now=NOW)


@pytest.mark.parametrize("letter", ["x", "ü", "م", "🍲"])
def test_message_of_4096_bytes_is_sent(letter: str) -> None:
    payload = message.serialize(with_payload_of(4096, letter))

    assert len(payload) == 4096
    assert letter.encode() * 900 in payload


@pytest.mark.parametrize("letter", ["x", "ü", "م", "🍲"])
def test_message_of_4097_bytes_is_refused(letter: str) -> None:
    with pytest.raises(InvalidRequest, match="has 4097 bytes, FCM takes 4096") as caught:
        message.serialize(with_payload_of(4097, letter))

    assert caught.value.field == "notification.body"


@pytest.mark.parametrize(
    ("platform", "says", "field", "size"),
    [
        ("android", {"title": "x" * 4096}, "notification.title", 4098),
        ("android", {"data": {"k": "ü" * 2048}}, "data.k", 4098),
        ("ios", {"body": "x" * 4096}, "apns.payload.aps.alert.body", 4098),
        ("web", {"body": "x" * 2000, "title": "x" * 2100}, "data.firebell.title", 2102),
    ],
    ids=["title", "data", "iOS", "web"],
)
def test_too_long_a_message_names_its_longest_field(
    platform: Platform, says: dict[str, Any], field: str, size: int
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        built(a_bare_notification(**says), platform)

    assert caught.value.field == field
    assert caught.value.problem.endswith(f"{field} alone has {size}")


@given(
    length=st.integers(min_value=0, max_value=5000),
    letter=st.characters(codec="utf-8"),
    platform=st.sampled_from(PLATFORMS),
)
def test_nothing_longer_than_4096_bytes_is_sent(
    length: int, letter: str, platform: Platform
) -> None:
    notification = a_bare_notification(body=letter * length)
    built = message.build(notification, a_device(platform=platform), now=NOW)

    with contextlib.suppress(InvalidRequest):
        assert len(message.serialize(built)) <= 4096


@pytest.mark.parametrize(
    ("age_s", "ttl"), [(0.0, "30s"), (0.4, "30s"), (12.5, "18s"), (31.0, "0s")], ids=str
)
def test_time_to_live_counts_from_the_delivery_s_beginning(age_s: float, ttl: str) -> None:
    notification = a_notification(ttl_s=30, expire_at=None)

    sent = message.build(notification, a_device(), now=NOW, age_s=age_s)

    assert sent["android"]["ttl"] == ttl
