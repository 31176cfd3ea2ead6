"""Names that the documents' tables and the code both list: states, outcomes, reasons, fields."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from firebell import config, delivery
from firebell.core import explanations, lifecycle, parse, policy, schema, settlement, templates
from firebell.core.deliveries import Result, State
from tests.contract.markdown import ROOT, blocks, first_column

DELIVERIES = (ROOT / "docs/deliveries.md").read_text()
NOTIFICATIONS = (ROOT / "docs/notifications.md").read_text()
SETTINGS = (ROOT / "docs/settings.md").read_text()
CALLABLES = (ROOT / "docs/callables.md").read_text()
MAIN = (ROOT / "functions/main.py").read_text()
HTTP_API = (ROOT / "docs/http-api.md").read_text()

ENDINGS = {"drop", "_finish"}
"""Functions whose last argument is a reason."""


def test_states_are_those_of_the_code() -> None:
    assert first_column(DELIVERIES, "`state`") == set(State)


def test_outcomes_are_those_of_the_code() -> None:
    assert first_column(DELIVERIES, "`outcome`") == set(Result)


def test_reasons_are_those_of_the_code() -> None:
    modules = (delivery, lifecycle, policy, settlement)
    given = {reason for module in modules for reason in reasons_in(str(module.__file__))}

    assert policy.REASONS.keys() <= given
    assert first_column(DELIVERIES, "`reason`") == given


@pytest.mark.parametrize(
    ("header", "table"),
    [
        ("`state`", explanations.STATES),
        ("`outcome`", explanations.OUTCOMES),
        ("`reason`", explanations.REASONS),
    ],
    ids=["states", "outcomes", "reasons"],
)
def test_explanations_are_those_of_the_code(header: str, table: Mapping[str, str]) -> None:
    (rows,) = re.findall(rf"^\| {header} \|.*\n\|[-|]+\n((?:\|.*\n)+)", DELIVERIES, re.MULTILINE)
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows.splitlines()]

    assert {row[0]: row[1] for row in cells} == {f"`{name}`": text for name, text in table.items()}


def test_fields_of_a_notification_are_those_of_the_code() -> None:
    assert first_column(HTTP_API, "field of `notification`") == schema.CONTENT_FIELDS


def test_fields_are_explained_per_platform() -> None:
    assert first_column(NOTIFICATIONS, "field") == schema.CONTENT_FIELDS


def test_fields_of_the_outbox_are_those_of_the_code() -> None:
    ours = {"dueAt", "dueShard"}

    assert (
        first_column(NOTIFICATIONS, "field of `outbox`")
        == schema.OUTBOX_FIELDS - schema.CONTENT_FIELDS - ours
    )


def test_limits_are_those_of_the_code() -> None:
    said = {int(n.replace(",", "")) for n in re.findall(r"\b\d[\d,]*\b", NOTIFICATIONS)}

    assert said >= {
        schema.MAX_PAYLOAD_BYTES,
        schema.MAX_TTL_S,
        schema.MAX_LOCALIZATIONS,
        schema.MAX_ACTIONS,
        schema.MAX_COLLAPSE_KEY_BYTES,
        schema.MAX_LABEL_CHARS,
    }


def test_template_that_is_shown_can_be_filled() -> None:
    _, template, notification = (json.loads(block) for block in blocks(NOTIFICATIONS, "json"))

    filled = templates.fill(notification, template, "order")

    assert parse.inbox_notification("n1", filled).body == "At table 4b, 12.5 €"


def test_settings_are_those_of_the_code() -> None:
    assert first_column(SETTINGS, "field of the settings") == schema.SETTINGS_FIELDS


def test_callables_are_those_of_the_code() -> None:
    deployed = re.findall(r"^@https_fn.on_call\(.*?\)\ndef (\w+)", MAIN, re.MULTILINE | re.DOTALL)

    assert first_column(CALLABLES, "callable") == set(deployed)


def test_bounds_of_topics_and_test_notifications_are_those_of_the_code() -> None:
    text = CALLABLES.replace("\n", " ")

    assert f"has {schema.MAX_TOPIC_CHARS} characters at most; a user has" in text
    assert f"at most {schema.MAX_TOPICS} topics" in text
    assert f"{schema.TESTS_PER_MINUTE} in a minute and {schema.TESTS_PER_DAY} in a day" in text
    assert f"It is `{config.CLIENT_TOPICS}` unless" in text


def test_order_of_decisions_names_every_reason_for_no_push() -> None:
    (sentence,) = re.findall(r"the first of these that holds: ([^.]*)\.", SETTINGS)
    named = re.findall(r"`(\w+)`", sentence)

    assert set(named) == policy.REASONS.keys() - {"silent_web", "timezone_unknown", "validate_only"}


def test_bounds_of_settings_and_caps_are_those_of_the_code() -> None:
    text = SETTINGS.replace(",", "")

    assert re.findall(r"at most (\d+)", text) == [str(schema.MAX_CATEGORIES)]
    assert re.findall(r"\(1 to (\d+)\)", text) == [str(schema.MAX_CAP)]
    assert re.findall(r"\((\d+) to (\d+)", text)[1] == (
        str(schema.MIN_CAP_WINDOW_S),
        str(schema.MAX_CAP_WINDOW_S),
    )


def test_runs_cut_off_are_as_many_as_in_the_code() -> None:
    assert re.findall(r"(\d+) of its runs", DELIVERIES) == [str(schema.MAX_CUT_OFF)]


def test_kinds_of_reason_are_all_found() -> None:
    source = (
        'drop(x, "one"); lifecycle.drop(x, "two"); Skipped(reason="three")\n'
        'Send(devices=(), note="eight"); Defer(until=now, reason="nine")\n'
        'result, code, reason = Result.GONE, outcome.code, "four"\n'
        'table = (Result.REJECTED, State.REJECTED, "five")\n'
        'other = {"six": ("seven", 8)}\n'
    )

    assert set(reasons_of(source)) == {"one", "two", "three", "four", "five", "eight", "nine"}


def reasons_in(path: str) -> set[str]:
    """Return every reason that the module at *path* writes down."""
    return set(reasons_of(Path(path).read_text()))


def reasons_of(source: str) -> Iterator[str]:
    """Find reasons: as `reason=` or `note=`, ending an ending, or beside a state or a result."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.keyword(arg="reason" | "note", value=ast.Constant(value=str(reason))):
                yield reason
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[*_, last]) if (
                name in ENDINGS and isinstance(last, ast.Constant)
            ):
                yield str(last.value)
            case ast.Tuple(elts=[*before, ast.Constant(value=str(reason))]) if any(
                ast.unparse(part).startswith(("Result.", "State.")) for part in before
            ):
                yield reason
