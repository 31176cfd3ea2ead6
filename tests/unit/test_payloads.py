"""Which texts a device gets, how many messages are built for that, and how long one may be."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import payloads
from firebell.core.model import Action, Device, Notification, Platform, Texts, UserSettings
from firebell.errors import InvalidRequest
from tests.builders import NOW, a_bare_notification, a_device, a_legacy_token, a_recipient

TEXTS = {"de": Texts(body="Das Essen ist fertig"), "tr": Texts(title="Yemek", body="Yemek geldi")}


def built(notification: Notification, *devices: Device, **of_recipient: Any) -> dict[Device, bytes]:
    recipient = a_recipient(*devices, **of_recipient)
    return payloads.payloads(notification, devices, recipient=recipient, now=NOW)


def said(payload: bytes) -> tuple[str | None, str | None]:
    shown = json.loads(payload)["notification"]
    return shown.get("title"), shown.get("body")


@pytest.mark.parametrize(
    ("chosen", "own", "last", "title", "body"),
    [
        ("tr", "de-AT", "en", "Yemek", "Yemek geldi"),
        (None, "de-AT", "tr", "Dinner", "Das Essen ist fertig"),
        (None, None, "tr-TR", "Yemek", "Yemek geldi"),
        ("en", "de-AT", "tr", "Dinner", "Dinner is ready"),
        (None, None, None, "Dinner", "Dinner is ready"),
    ],
    ids=["the user's choice", "the device's", "the last device's", "none fits", "none known"],
)
def test_device_gets_its_user_s_language(
    chosen: str | None, own: str | None, last: str | None, title: str, body: str
) -> None:
    notification = Notification(
        id="n1", title="Dinner", body="Dinner is ready", localizations=TEXTS
    )
    device = a_device(locale=own)

    found = built(notification, device, settings=UserSettings(locale=chosen), locale=last)

    assert said(found[device]) == (title, body)


def test_each_device_of_a_user_gets_its_own_language() -> None:
    one, two = a_device(1, locale="de"), a_device(2, locale="tr")

    found = built(a_bare_notification(localizations=TEXTS), one, two)

    assert said(found[one]) == (None, "Das Essen ist fertig")
    assert said(found[two]) == ("Yemek", "Yemek geldi")


@pytest.mark.parametrize("platform", ["android", "ios", "web"])
def test_devices_that_show_the_same_share_one_message_without_a_target(platform: Platform) -> None:
    one = a_device(1, platform=platform, locale="en")
    two = a_device(2, platform=platform, target=a_legacy_token(2), locale="fr", label=None)
    same = {"de": Texts(body="Dinner is ready")}
    three = a_device(3, platform=platform, locale="de")

    found = built(a_bare_notification(localizations=same), one, two, three)

    assert found[one] is found[two] is found[three]
    assert {"fid", "token"}.isdisjoint(json.loads(found[one]))


def test_web_message_is_for_the_worker_that_the_deployment_names() -> None:
    device = a_device(platform="web")
    recipient = a_recipient(device)

    ours, firebase_s = (
        payloads.payloads(
            a_bare_notification(), [device], recipient=recipient, now=NOW, firebase_worker=which
        )[device]
        for which in (False, True)
    )

    assert "notification" not in json.loads(ours)["webpush"]
    assert json.loads(firebase_s)["webpush"]["notification"]["body"] == "Dinner is ready"


def of_size(size: int, letter: str = "x") -> Notification:
    """Return a notification whose Android message has exactly *size* bytes of JSON."""
    (empty,) = built(a_bare_notification(body=""), a_device()).values()
    count, rest = divmod(size - len(empty), len(letter.encode()))
    return a_bare_notification(body=letter * count + "x" * rest)


def refusal(notification: Notification, **of_device: Any) -> tuple[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        built(notification, a_device(**of_device))
    return caught.value.field, caught.value.problem


@pytest.mark.parametrize("letter", ["x", "ü", "م", "🍲"])
def test_message_of_4096_bytes_is_sent(letter: str) -> None:
    (payload,) = built(of_size(4096, letter), a_device()).values()

    assert len(payload) == 4096
    assert letter.encode() * 900 in payload


@pytest.mark.parametrize("letter", ["x", "ü", "م", "🍲"])
def test_message_of_4097_bytes_is_refused(letter: str) -> None:
    field, problem = refusal(of_size(4097, letter))

    assert field == "body"
    assert problem.startswith("the message has 4097 bytes for android, FCM takes 4096: body ")


@pytest.mark.parametrize(
    ("says", "of_device", "field", "sizes"),
    [
        ({"title": "x" * 4096}, {}, "title", "title 4098"),
        ({"data": {"k": "ü" * 2048}}, {}, "data.k", "data.k 4102"),
        ({"body": "x" * 4096}, {"platform": "ios"}, "body", "body 4098"),
        (
            {"body": "x" * 2000, "title": "x" * 2100, "category": "x" * 97},
            {"platform": "web"},
            "title",
            "title 2102, body 2002",
        ),
        (
            {"localizations": {"de": Texts(title="x", body="ü" * 2048)}},
            {"locale": "de-AT"},
            "localizations.de.body",
            "localizations.de.body 4098",
        ),
        (
            {"localizations": {"de": Texts(title="x" * 4096)}, "body": "x" * 98},
            {"locale": "de-AT"},
            "localizations.de.title",
            "localizations.de.title 4098, body 100",
        ),
        ({"id": "x" * 1500, "image": "x" * 1500}, {}, "id", "id 1502, image 1502"),
        ({"data": {str(n): "x" * 40 for n in range(100)}}, {}, "data", "data 4690"),
    ],
    ids=["title", "data", "iOS", "two", "body translated", "title translated", "id", "crowd"],
)
def test_too_long_a_message_names_its_long_fields_as_their_sender_wrote_them(
    says: dict[str, Any], of_device: dict[str, Any], field: str, sizes: str
) -> None:
    named, problem = refusal(a_bare_notification(**says), **of_device)

    assert named == field
    assert problem.split(": ", 1)[1] == sizes


def test_no_more_than_ten_fields_are_named() -> None:
    notification = a_bare_notification(data={str(n): "x" * 200 for n in range(100)})

    assert refusal(notification)[1].count(",") == 10  # one of them before the sizes


def test_actions_are_named_one_by_one() -> None:
    action = Action(id="x" * 100, title="y" * 100, link="z" * 2048)

    field, problem = refusal(a_bare_notification(actions=(action, action)))

    assert field == "actions[0].link"
    assert ", actions[1].title 102" in problem


@given(
    length=st.integers(min_value=0, max_value=5000),
    letter=st.characters(codec="utf-8"),
    platform=st.sampled_from(["android", "ios", "web"]),
)
def test_nothing_longer_than_4096_bytes_is_sent(
    length: int, letter: str, platform: Platform
) -> None:
    with contextlib.suppress(InvalidRequest):
        (payload,) = built(
            a_bare_notification(body=letter * length), a_device(platform=platform)
        ).values()
        assert len(payload) <= 4096
