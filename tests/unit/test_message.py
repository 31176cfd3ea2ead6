import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import message
from firebell.core.model import Notification, Platform
from tests import goldens
from tests.builders import NOW, a_bare_notification, a_notification

each_platform = pytest.mark.parametrize("platform", ["android", "ios", "web"])


def built(
    notification: Notification,
    platform: Platform,
    *,
    now: datetime = NOW,
    unread: int | None = None,
    firebase_worker: bool = False,
) -> Any:
    return message.build(
        notification, platform, now=now, unread=unread, firebase_worker=firebase_worker
    )


@pytest.mark.parametrize(("name", "platform"), goldens.CASES)
def test_message_is_the_one_written_down(name: str, platform: Platform) -> None:
    assert goldens.built(name, platform) == goldens.golden(f"{platform}_{name}")


@pytest.mark.parametrize(
    ("name", "file"), [("full", "web_firebase"), ("bare", "web_firebase_bare")]
)
def test_message_for_firebase_s_own_worker_is_the_one_written_down(name: str, file: str) -> None:
    assert goldens.built(name, "web", firebase_worker=True) == goldens.golden(file)


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
    assert int(expiration) == (int(NOW.timestamp()) + life_s if life_s else 0)


def test_senders_data_cannot_displace_the_notifications_id() -> None:
    data = built(a_notification(data={"link": "app://other"}), "ios")["data"]

    assert (data["notificationId"], data["link"]) == ("n1", "app://other")


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


@pytest.mark.parametrize(
    ("age_s", "ttl"), [(0.0, "30s"), (0.4, "30s"), (12.5, "18s"), (31.0, "0s")], ids=str
)
def test_time_to_live_counts_from_the_delivery_s_beginning(age_s: float, ttl: str) -> None:
    notification = a_notification(ttl_s=30, expire_at=None)

    sent = message.build(notification, "android", now=NOW, age_s=age_s)

    assert sent["android"]["ttl"] == ttl


def test_native_app_finds_the_actions_in_its_data() -> None:
    for platform in ("android", "ios"):
        own = json.loads(built(a_notification(), platform)["data"]["firebell"])

        assert own == {
            "actions": [
                {"action": "come", "title": "Coming"},
                {"action": "late", "title": "Later", "link": "app://orders/7/later"},
            ]
        }


def test_sound_may_be_none() -> None:
    mute = a_notification(sound="none")

    assert "sound" not in built(mute, "android")["android"]["notification"]
    assert "sound" not in built(mute, "ios")["apns"]["payload"]["aps"]
    assert json.loads(built(mute, "web")["data"]["firebell"])["silent"] is True
    assert built(mute, "web", firebase_worker=True)["webpush"]["notification"]["silent"] is True


@pytest.mark.parametrize(
    ("sound", "android"), [("gong.caf", "gong"), ("gong", "gong"), (".caf", "default")]
)
def test_sound_s_extension_is_for_ios_alone(sound: str, android: str) -> None:
    loud = a_notification(sound=sound)

    assert built(loud, "android")["android"]["notification"]["sound"] == android
    assert built(loud, "ios")["apns"]["payload"]["aps"]["sound"] == sound


def test_silent_push_that_sets_no_badge_is_a_background_push() -> None:
    silent = Notification(id="n1", data={"sync": "orders"})

    apns = built(silent, "ios")["apns"]

    assert apns["headers"]["apns-push-type"] == "background"
    assert apns["headers"]["apns-priority"] == "5"
    assert apns["payload"] == {"aps": {"content-available": 1}}


@pytest.mark.parametrize(
    ("link", "options"),
    [
        ("https://example.com/7", {"link": "https://example.com/7"}),
        ("/orders/7", None),
        ("http://example.com/7", None),
        (None, None),
    ],
)
def test_firebase_s_worker_gets_https_links_alone(link: str | None, options: Any) -> None:
    sent = built(a_bare_notification(link=link), "web", firebase_worker=True)

    assert sent["webpush"].get("fcm_options") == options
    assert sent["data"].get("link") == link
