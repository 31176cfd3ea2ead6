import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcm_emulator import contract
from firebell.core import clearing, message, payloads, schema
from firebell.core.deliveries import Result, State
from firebell.core.model import Notification, Platform
from firebell.errors import InvalidRequest
from tests.builders import NOW, a_delivery, a_device, a_fid, a_line, a_recipient

READ = NOW
EARLIER = NOW - timedelta(hours=1)

CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "read": ({"readAt": None}, {"readAt": READ}, True),
    "read, bare before": ({"message": "x"}, {"message": "x", "readAt": READ}, True),
    "archived": ({"archivedAt": None}, {"archivedAt": READ}, True),
    "archived after it was read": (
        {"readAt": EARLIER, "archivedAt": None},
        {"readAt": EARLIER, "archivedAt": READ},
        True,
    ),
    "read again": ({"readAt": EARLIER}, {"readAt": READ}, False),
    "unread again": ({"readAt": EARLIER}, {"readAt": None}, False),
    "stamped": ({"message": "x"}, {"createdAt": READ, "readAt": None, "archivedAt": None}, False),
    "seen": ({"seenAt": None}, {"seenAt": READ}, False),
    "opened": ({"openedAt": None}, {"openedAt": READ}, False),
    "another text": ({"body": "x", "readAt": EARLIER}, {"body": "y", "readAt": EARLIER}, False),
    "no time": ({"readAt": None}, {"readAt": True}, False),
}


@pytest.mark.parametrize(("before", "after", "counts"), CHANGES.values(), ids=CHANGES)
def test_only_the_first_reading_counts(
    before: dict[str, Any], after: dict[str, Any], counts: bool
) -> None:
    assert clearing.was_read(before, after) is counts


@pytest.mark.parametrize(
    ("platform", "result", "counts"),
    [
        ("android", Result.ACCEPTED, True),
        ("ios", Result.WAITING, True),
        ("web", Result.ACCEPTED, False),
        ("android", Result.SKIPPED, False),
        ("ios", Result.GONE, False),
    ],
)
def test_what_no_phone_shows_was_not_sent(platform: Platform, result: Result, counts: bool) -> None:
    line = a_line(platform=platform, result=result)
    delivery = a_delivery(state=State.DONE, devices={"c1": line})

    assert clearing.was_sent(delivery) is counts


def test_delivery_under_way_may_be_shown_soon() -> None:
    assert clearing.was_sent(a_delivery(state=State.CLAIMED, devices={}))
    assert not clearing.was_sent(a_delivery(state=State.WAITING, devices={}))


def test_reads_of_five_seconds_share_an_errand_due_at_their_end() -> None:
    start = datetime(2026, 3, 1, 9, 0, 0, tzinfo=UTC)

    first, last, next_one = (
        clearing.window("ada", start + timedelta(seconds=s)) for s in (0, 4.999, 5)
    )

    assert first == last
    assert first[1] == start + timedelta(seconds=5)
    assert next_one[1] == start + timedelta(seconds=10)
    assert len({first[0], next_one[0], clearing.window("grace", start)[0]}) == 3
    assert len(first[0]) == 32


def test_errand_says_whose_devices_and_what_was_read() -> None:
    document = {"kind": "clear", "uid": "ada", "ids": ["n1", "n2"], "dueAt": NOW, "dueShard": 3}

    assert clearing.parse(document) == clearing.Errand(uid="ada", ids=("n1", "n2"))


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"ids": ["n1"]}, "uid"),
        ({"uid": "a/b", "ids": ["n1"]}, "uid"),
        ({"uid": "ada", "ids": "n1"}, "ids"),
        ({"uid": "ada", "ids": ["n1", 2]}, "ids"),
    ],
)
def test_errand_of_somebody_else_is_refused_by_its_field(
    document: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        clearing.parse(document)

    assert refused.value.field == field


def test_only_active_phones_are_told() -> None:
    android, ios = a_device(1), a_device(2, platform="ios")
    web, doubted = a_device(3, platform="web"), a_device(4, state="quarantined")
    recipient = a_recipient(android, ios, web, doubted)

    assert clearing.phones(recipient) == (android, ios)
    assert clearing.phones(a_recipient(android, erased_at=NOW)) == ()


def test_apps_are_woken_once_in_half_an_hour() -> None:
    woken = a_recipient(woken_at=NOW)

    assert clearing.may_wake(a_recipient(), now=NOW)
    assert not clearing.may_wake(woken, now=NOW + timedelta(minutes=29))
    assert clearing.may_wake(woken, now=NOW + timedelta(minutes=30))


def built(ids: list[str], platform: Platform, *, wakes: bool = True) -> list[dict[str, Any]]:
    """Return the messages for one device, as FCM reads them."""
    device = a_device(platform=platform)
    turns = clearing.build(ids, [device], unread=3, wakes=wakes)
    return [json.loads(payload) for turn in turns for payload in turn.values()]


def test_android_app_is_told_unseen() -> None:
    assert built(["n1", "n2"], "android") == [
        {
            "data": {"firebell": '{"clear":["n1","n2"]}'},
            "android": {"priority": "NORMAL", "ttl": "86400s"},
        }
    ]


def test_ios_gets_its_badge_and_is_woken() -> None:
    badge, wake = built(["n1", "Ä"], "ios")

    assert badge == {
        "apns": {
            "headers": {
                "apns-push-type": "alert",
                "apns-priority": "5",
                "apns-expiration": "0",
            },
            "payload": {"aps": {"badge": 3}},
        }
    }
    assert wake["apns"] == {
        "headers": {
            "apns-push-type": "background",
            "apns-priority": "5",
            "apns-expiration": "0",
        },
        "payload": {"aps": {"content-available": 1}},
    }
    assert cleared(wake) == ["n1", message.collapse_id("Ä")]


def test_ios_gets_its_badge_alone_while_it_must_not_be_woken() -> None:
    assert len(built(["n1"], "ios", wakes=False)) == 1


def test_ios_is_woken_once_however_much_was_read() -> None:
    assert len(built([f"{number:020}" for number in range(2000)], "ios")) == 2


def test_nobody_to_tell_is_told_nothing() -> None:
    assert clearing.build(["n1"], [], unread=0, wakes=True) == []


def test_browser_is_never_pushed_to() -> None:
    assert built(["n1"], "web") == []


def test_each_device_gets_its_own_platforms_messages() -> None:
    devices = [a_device(1), a_device(2, platform="ios"), a_device(3)]

    turns = clearing.build(["n1"], devices, unread=0, wakes=True)

    assert [list(turn) for turn in turns] == [devices, [devices[1]]]
    assert turns[0][devices[0]] == turns[0][devices[2]] != turns[0][devices[1]]


ids = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1)
    | st.sampled_from(('"' * 980, '"' * 1500, "\\" * 900, "😀" * 375, "\x01" * 1500, "x" * 1500)),
    unique=True,
    max_size=40,
)


def to_android(ids: list[str]) -> list[bytes]:
    """Return the messages for one Android phone as they are sent."""
    device = a_device()
    return [turn[device] for turn in clearing.build(ids, [device], unread=0, wakes=True)]


def cleared(payload: dict[str, Any]) -> list[str]:
    """Return the ids that a message tells, as a receiver reads them."""
    names: list[str] = json.loads(payload["data"]["firebell"])["clear"]
    return names


def can_be_shown(notification_id: str) -> bool:
    """Tell whether a notification of that id fits into a message for Android."""
    least = Notification(id=notification_id, body="x")
    with contextlib.suppress(InvalidRequest):
        return bool(payloads.payloads(least, [a_device()], recipient=a_recipient(), now=NOW))
    return False


@given(ids)
def test_each_id_that_a_phone_can_show_comes_once_and_every_message_fits(ids: list[str]) -> None:
    payloads = to_android(ids)

    told = [id for payload in payloads for id in cleared(json.loads(payload))]

    assert all(len(payload) <= schema.MAX_PAYLOAD_BYTES for payload in payloads)
    assert len(told) == len(set(told))
    assert {id for id in ids if can_be_shown(id)} <= set(told) <= set(ids)
    assert told == [id for id in ids if id in set(told)]


@pytest.mark.parametrize("platform", ["android", "ios"])
@given(ids)
def test_fcm_takes_every_message(platform: Platform, ids: list[str]) -> None:
    for payload in built(ids, platform):
        body = json.dumps({"message": {**payload, "fid": a_fid().value}}).encode()
        contract.check_for_platform(contract.parse(body).message, platform)


def test_messages_are_as_few_as_can_be() -> None:
    ids = [f"{number:020}" for number in range(1000)]

    sizes = [len(payload) for payload in to_android(ids)]

    assert all(size > schema.MAX_PAYLOAD_BYTES - 30 for size in sizes[:-1])
