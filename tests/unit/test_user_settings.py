from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import record, user_settings
from firebell.core.model import Preference, QuietHours, UserSettings
from tests.builders import NOW, case_id

NIGHT = {"start": "22:00", "end": "07:30", "timezone": "Europe/Berlin"}


def hours_of(**changes: Any) -> tuple[QuietHours | None, tuple[str, ...]]:
    settings, ignored = user_settings.settings_from({"quietHours": NIGHT | changes})
    return settings.quiet_hours, ignored


def preferences_of(chosen: Any) -> tuple[dict[str, Preference], tuple[str, ...]]:
    settings, ignored = user_settings.settings_from({"preferences": chosen})
    return dict(settings.preferences), ignored


def test_complete_settings_are_read_whole() -> None:
    document = {
        "preferences": {"news": {"push": False, "inbox": True}, "chat.direct": {"inbox": False}},
        "quietHours": {**NIGHT, "enabled": True},
        "locale": "pt-BR",
        "inboxSeenAt": NOW,
    }

    assert user_settings.settings_from(document) == (
        UserSettings(
            preferences={
                "news": Preference(push=False, inbox=True),
                "chat.direct": Preference(push=True, inbox=False),
            },
            quiet_hours=QuietHours(start=time(22), end=time(7, 30), timezone="Europe/Berlin"),
            locale="pt-BR",
        ),
        (),
    )


@pytest.mark.parametrize(
    "document",
    [{}, {"preferences": None, "quietHours": None, "locale": None}, {"importedFrom": "elsewhere"}],
    ids=["nothing", "nulls", "a backend's own field"],
)
def test_what_is_absent_is_not_chosen(document: dict[str, Any]) -> None:
    assert user_settings.settings_from(document) == (UserSettings(), ())


@pytest.mark.parametrize("wrong", [True, 7, 1.5, "off", [], NOW, b"x"], ids=case_id)
def test_field_of_a_wrong_type_is_left_out_alone_and_named(wrong: Any) -> None:
    assert user_settings.settings_from({"preferences": wrong, "locale": "de"}) == (
        UserSettings(locale="de"),
        ("preferences",),
    )
    assert user_settings.settings_from({"quietHours": wrong, "locale": "de"}) == (
        UserSettings(locale="de"),
        ("quietHours",),
    )


@pytest.mark.parametrize(
    "wrong",
    [7, {}, "", "german!", "d", "de_AT", "de-", "de\n", "de-" + "x1234567-" * 4, "\uff44\uff45"],
)
def test_locale_that_is_no_language_tag_is_left_out(wrong: Any) -> None:
    assert user_settings.settings_from({"locale": wrong}) == (UserSettings(), ("locale",))


@pytest.mark.parametrize("tag", ["de", "pt-BR", "zh-Hant-TW", "sr-Latn", "gsw", "ca-valencia"])
def test_language_tag_is_taken(tag: str) -> None:
    assert user_settings.settings_from({"locale": tag}) == (UserSettings(locale=tag), ())


def test_choice_that_does_not_fit_leaves_the_others() -> None:
    chosen = {"news": "off", "chat": {"push": False, "inbox": "no", "email": True}, "ads": {}}

    assert preferences_of(chosen) == (
        {"chat": Preference(push=False), "ads": Preference()},
        ("preferences.news", "preferences.chat.email", "preferences.chat.inbox"),
    )


def test_category_without_a_choice_is_not_chosen() -> None:
    assert preferences_of({"news": None}) == ({}, ())


def test_more_than_sixty_four_categories_keep_the_default_and_the_first() -> None:
    names = [f"c{number:02}" for number in range(64)]
    off = {"push": False}

    found, ignored = preferences_of(dict.fromkeys((*reversed(names), "default"), off))

    assert set(found) == {"default", *names[:63]}
    assert ignored == ("preferences.c63",)


def test_category_may_be_as_long_as_a_notifications() -> None:
    found, ignored = preferences_of({"x" * 100: {}, "x" * 101: {}})

    assert set(found) == {"x" * 100}
    assert ignored == ("preferences." + "x" * 101,)


def test_switched_off_quiet_hours_are_none() -> None:
    assert hours_of(enabled=False) == (None, ())
    assert user_settings.settings_from({"quietHours": {"enabled": False}}) == (UserSettings(), ())


@pytest.mark.parametrize("name", ["start", "end"])
@pytest.mark.parametrize(
    "wrong",
    [
        None,
        22,
        "",
        "24:00",
        "7:30",
        "22:60",
        "22:00:00",
        "22.00",
        " 22:00",
        "22:00\n",
        "\u0662\u0662:00",
    ],
)
def test_quiet_hours_without_a_start_or_an_end_are_none_and_named(name: str, wrong: Any) -> None:
    assert hours_of(**{name: wrong}) == (None, (f"quietHours.{name}",))


@pytest.mark.parametrize(
    "wrong", [5, {}, "", "Europe Berlin", "../etc/passwd", "x" * 65], ids=case_id
)
def test_zone_that_is_no_zones_name_is_left_out(wrong: Any) -> None:
    found, ignored = hours_of(timezone=wrong)

    assert found == QuietHours(start=time(22), end=time(7, 30), timezone=None)
    assert ignored == ("quietHours.timezone",)


def test_zone_nobody_knows_is_kept_for_the_delivery_to_say_so() -> None:
    found, ignored = hours_of(timezone="Mars/Phobos")

    assert found == QuietHours(start=time(22), end=time(7, 30), timezone="Mars/Phobos")
    assert ignored == ()


def test_other_fields_of_quiet_hours_are_named() -> None:
    found, ignored = hours_of(enabled="no", timeZone="UTC")

    assert found is not None
    assert ignored == ("quietHours.timeZone", "quietHours.enabled")


@pytest.mark.parametrize(
    ("before", "after", "concerned"),
    [
        ({}, {"locale": "de"}, True),
        ({"locale": "de"}, {}, True),
        ({"preferences": {"news": {"push": True}}}, {"preferences": {"news": {}}}, True),
        ({"quietHours": NIGHT}, {"quietHours": {**NIGHT, "end": "08:00"}}, True),
        ({"quietHours": NIGHT}, {"quietHours": dict(NIGHT)}, False),
        ({"inboxSeenAt": NOW}, {}, False),
        ({"importedFrom": "here"}, {"importedFrom": "there"}, False),
        ({}, {}, False),
    ],
    ids=["set", "removed", "choice", "hours", "equal", "inboxSeenAt", "a backend's", "empty"],
)
def test_delivery_is_concerned_by_what_it_heeds(
    before: dict[str, Any], after: dict[str, Any], concerned: bool
) -> None:
    assert user_settings.concerns_delivery(before, after) is concerned


SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.just("22:00")
NAMES = st.text(min_size=1) | st.sampled_from(
    [*("preferences", "quietHours", "locale", "start", "end", "timezone", "enabled"), "push"]
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=20
)


@given(st.dictionaries(NAMES, ANYTHING))
def test_whatever_was_written_gives_settings_that_can_be_copied(document: dict[str, Any]) -> None:
    settings, _ = user_settings.settings_from(document)

    assert record.settings_from(record.settings_document(settings)) == settings
