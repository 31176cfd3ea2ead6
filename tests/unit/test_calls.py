"""`parse` for what comes by call: device registrations, targets and uids."""

from typing import Any

import pytest

from firebell.core import calls, parse
from firebell.core.model import Fid, LegacyToken
from firebell.errors import InvalidRequest, NotAllowed
from tests.builders import (
    NOW,
    a_device,
    a_fid,
    a_legacy_token,
    a_registration,
    case_id,
)


@pytest.mark.parametrize(
    "uid",
    ["1", "ada lovelace", "ünïcödé", "👩", "a.b", "...", "__ada", "ada__", "x" * 128, "a@b|c"],
    ids=case_id,
)
def test_uid_of_any_usual_form_is_taken(uid: str) -> None:
    assert parse.uid(uid) == uid


@pytest.mark.parametrize(
    "uid",
    [
        None,
        7,
        "",
        ["ada"],
        "a/b",
        "a\nb",
        ".",
        "..",
        "__ada__",
        "____",
        "x" * 129,
        "\ud800",
        "a\ud83d",
    ],
    ids=case_id,
)
def test_uid_that_cannot_be_a_document_id_is_refused(uid: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse.uid(uid, field="to")

    assert caught.value.field == "to"


def test_complete_registration_becomes_the_device() -> None:
    device = calls.device_registration(a_registration(), now=NOW)

    assert device == a_device(created_at=NOW, last_seen_at=NOW)


def test_registration_may_say_nothing_but_target_and_platform() -> None:
    body = {"target": {"kind": "fid", "value": a_fid().value}, "platform": "web"}

    device = calls.device_registration(body, now=NOW)

    assert (device.id, device.platform, device.state) == (a_fid().value, "web", "active")
    assert (device.locale, device.timezone, device.app_version, device.label) == (None,) * 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"platform": None}, "platform"),
        ({"platform": "windows"}, "platform"),
        ({"platform": 1}, "platform"),
        ({"target": None}, "target"),
        ({"target": a_fid().value}, "target"),
        ({"target": {"value": a_fid().value}}, "target.kind"),
        ({"target": {"kind": "token", "value": a_fid().value}}, "target.kind"),
        ({"target": {"kind": "fid"}}, "target.value"),
        ({"target": {"kind": "legacyToken"}}, "target.value"),
        ({"target": {"kind": "fid", "value": 5}}, "target.value"),
        ({"target": {"kind": "fid", "value": a_fid().value, "p256dh": "x"}}, "target.p256dh"),
        ({"locale": 5}, "locale"),
        ({"timezone": ""}, "timezone"),
        ({"appVersion": 3.2}, "appVersion"),
        ({"label": "x" * 101}, "label"),
        ({"uid": "grace"}, "uid"),
    ],
    ids=case_id,
)
def test_wrong_field_of_a_registration_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        calls.device_registration(a_registration(**changes), now=NOW)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("fid", "a" + "0" * 21),
        ("fid", "c" + "0" * 20),
        ("fid", "c" + "0" * 22),
        ("fid", "c" + "0" * 20 + "\n"),
        ("fid", "c" + "ü" * 21),
        ("fid", a_legacy_token().value),
        ("legacyToken", "x" * 31),
        ("legacyToken", "x" * 4097),
        ("legacyToken", "x" * 40 + "/"),
        ("legacyToken", "x" * 40 + "\n"),
        ("legacyToken", "x" * 40 + '"'),
    ],
    ids=lambda value: value if len(value) < 12 else f"{value[0]}…{value[-1]!a} ({len(value)})",
)
def test_malformed_target_is_refused_without_being_shown(kind: str, value: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        calls.target({"kind": kind, "value": value})

    assert caught.value.field == "target.value"
    assert value not in str(caught.value)


def test_target_is_a_fid_or_a_legacy_token() -> None:
    fid, legacy_token = a_fid(), a_legacy_token()

    assert calls.target({"kind": "fid", "value": fid.value}) == fid
    assert calls.target({"kind": "legacyToken", "value": legacy_token.value}) == legacy_token


@pytest.mark.parametrize(
    ("target", "device_id"),
    [
        pytest.param(Fid(value="c" + "0" * 21), "c" + "0" * 21, id="FID"),
        pytest.param(
            LegacyToken(value="c" + "0" * 21 + ":APA91b" + "x" * 60),
            "c" + "0" * 21,
            id="legacy token of an installation",
        ),
        pytest.param(
            LegacyToken(value="x" * 40),
            "bd913ff68243d41b9611b2690dfbf2b0",
            id="legacy token without an installation",
        ),
        pytest.param(
            LegacyToken(value="c" + "0" * 21 + "x" * 40),
            "90149f408f03dd67e120f53a6f6f82a3",
            id="FID without a colon",
        ),
        pytest.param(
            LegacyToken(value="project:" + "x" * 40),
            "21181d77bedb37599e79c54a234ec192",
            id="something else before the colon",
        ),
    ],
)
def test_device_is_known_by_its_installation_or_a_hash(
    target: Fid | LegacyToken, device_id: str
) -> None:
    assert calls.device_id(target) == device_id


@pytest.mark.parametrize("body", [None, {}])
def test_nothing_is_said_by_null_and_by_an_empty_map(body: Any) -> None:
    calls.nothing(body)


@pytest.mark.parametrize("body", [{"uid": "grace"}, [], "", 0])
def test_anything_else_is_not_nothing(body: Any) -> None:
    with pytest.raises(InvalidRequest):
        calls.nothing(body)


def test_notification_is_named_by_its_id() -> None:
    for id in ("n1", "ü" * 750, "a b"):
        assert calls.notification_id({"notificationId": id}) == id


@pytest.mark.parametrize("id", [None, "", 7, "a/b", "..", "__x__", "ü" * 751, "\ud800"])
def test_id_that_no_document_has_is_refused(id: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        calls.notification_id({"notificationId": id})

    assert refused.value.field == "notificationId"


@pytest.mark.parametrize("name", ["a", "public-news", "A1._~%25-x", "x" * 100])
def test_topic_of_fcm_s_characters_is_taken(name: str) -> None:
    assert calls.topic({"topic": name}) == name


@pytest.mark.parametrize(
    "name",
    [
        *(None, "", 7, "..", ".", "-a", "%2e%2e", "~", "x" * 101, "a/b", "/topics/a", "a b", "a\n"),
        *("ünicode", "a\x00", "a'||'b", ["a"], {"a": 1}),
    ],
)
def test_name_that_no_topic_has_here_is_refused(name: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        calls.topic({"topic": name})

    assert refused.value.field == "topic"


@pytest.mark.parametrize(
    ("allowed", "name"),
    [({"news"}, "news"), ({"public-*"}, "public-news"), ({"public-*"}, "public-"), ({"*"}, "x")],
)
def test_open_topic_may_be_joined(allowed: set[str], name: str) -> None:
    calls.require_open(name, allowed)


@pytest.mark.parametrize(
    ("allowed", "name"),
    [(set(), "news"), ({"news"}, "news2"), ({"public-*"}, "public"), ({"public-*"}, "x-public-a")],
)
def test_any_other_topic_is_closed(allowed: set[str], name: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        calls.require_open(name, allowed)

    assert refused.value.reason == "topic_closed"
