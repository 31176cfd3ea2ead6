"""Names stated in two languages: collections and fields in Python and in firestore.rules."""

import re
from pathlib import Path

import pytest

from firebell.core import schema

RULES = (Path(__file__).resolve().parents[2] / "firestore.rules").read_text()


def collections_of(rules: str) -> set[str]:
    """Return every collection that a clause of *rules* names."""
    paths: list[str] = re.findall(r"^\s*match /(?!databases/)(\S+)", rules, re.MULTILINE)
    return {name for path in paths for name in path.split("/")[::2]}


def fields_of(rules: str, function: str) -> set[str]:
    """Return the field names that *function* of *rules* lists."""
    (body,) = re.findall(rf"function {function}\(\) {{\s*return \[(.*?)\];", rules, re.DOTALL)
    return set(re.findall(r"'(\w+)'", body))


@pytest.mark.parametrize(
    "collection",
    [
        schema.SETTINGS,
        schema.INBOX,
        schema.OUTBOX,
        schema.RECIPIENTS,
        schema.TARGETS,
        schema.DELIVERIES,
    ],
)
def test_collection_of_the_code_stands_in_the_rules(collection: str) -> None:
    assert collection in collections_of(RULES)


def test_rules_name_what_comes_later_as_closed() -> None:
    """Collections that the data model names and no code writes yet, beside templates."""
    coming = {"requests", "counters", "tombstones", "config", "templates"}
    ours = {schema.SETTINGS, schema.INBOX, schema.OUTBOX, schema.RECIPIENTS, schema.TARGETS}

    assert collections_of(RULES) == ours | {schema.DELIVERIES} | coming


def test_owner_fields_are_the_same() -> None:
    assert fields_of(RULES, "ownerFields") == schema.OWNER_FIELDS


def test_each_owner_field_is_checked() -> None:
    assert set(re.findall(r"keepsOrMarks\('(\w+)'\)", RULES)) == schema.OWNER_FIELDS


def test_settings_fields_are_the_same() -> None:
    assert fields_of(RULES, "settingsFields") == schema.SETTINGS_FIELDS


def test_each_settings_field_is_checked() -> None:
    assert set(re.findall(r"!\('(\w+)' in settings\)", RULES)) == schema.SETTINGS_FIELDS


def test_category_may_be_as_long_in_preferences_as_in_a_notification() -> None:
    lengths = re.findall(r"\[\^;\]\{1,(\d+)\}", RULES)

    assert set(lengths) == {str(schema.MAX_LABEL_CHARS)}


@pytest.mark.parametrize(
    ("function", "form"),
    [
        ("isTimeOfDay", schema.TIME_OF_DAY),
        ("isZoneName", schema.ZONE_NAME),
    ],
    ids=["time of day", "zone name"],
)
def test_form_of_a_setting_is_the_same(function: str, form: re.Pattern[str]) -> None:
    (said,) = re.findall(rf"function {function}\(value\) {{.*?matches\('(.*?)'\)", RULES, re.DOTALL)

    assert form.pattern.removesuffix(r"\Z") == said.removeprefix("^").removesuffix("$")


def test_form_of_a_language_is_the_same() -> None:
    form, most = re.findall(
        r"size\(\) <= (\d+)\s+&& value.matches\('\^(\[A-Za-z\]\{2,3\}.*?)\$'\)", RULES
    )[0][::-1]

    assert schema.LANGUAGE_TAG.pattern == rf"(?=.{{1,{most}}}\Z){form}\Z"


def test_user_may_choose_for_as_many_categories() -> None:
    assert re.findall(r"preferences.size\(\) <= (\d+)", RULES) == [str(schema.MAX_CATEGORIES)]


def test_renamed_field_would_be_seen() -> None:
    renamed = RULES.replace("'seenAt', 'readAt'", "'seenAt', 'readOn'")

    assert fields_of(renamed, "ownerFields") != schema.OWNER_FIELDS
