from datetime import UTC, datetime, timedelta, timezone

import pytest
from google.api_core import exceptions

from firebell.core.deliveries import State
from firebell.errors import FirebellError, Misconfigured, Unavailable
from tests.builders import NOW
from tools.operation import command
from tools.operation.since import since

PROJECT = ("--project", "shop-prod")
AN_HOUR_EAST = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("45s", NOW - timedelta(seconds=45)),
        ("90m", NOW - timedelta(minutes=90)),
        ("6h", NOW - timedelta(hours=6)),
        ("2d", NOW - timedelta(days=2)),
        ("2026-02-28", datetime(2026, 2, 28, tzinfo=UTC)),
        ("2026-02-28T02:30", datetime(2026, 2, 28, 2, 30, tzinfo=UTC)),
        ("2026-02-28T02:30+01:00", datetime(2026, 2, 28, 2, 30, tzinfo=AN_HOUR_EAST)),
    ],
)
def test_time_is_an_age_or_an_instant_in_utc(text: str, instant: datetime) -> None:
    assert since(text, now=NOW) == instant


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "command"),
        (("pause",), "--project"),
        (("stop", *PROJECT), "invalid choice"),
        (("redrive", *PROJECT, "--since", "yesterday"), "write 90m, 6h, 2d, or 2026-03-01T02:30"),
        (("redrive", *PROJECT, "--since", "999999d"), "write 90m, 6h, 2d, or 2026-03-01T02:30"),
        (("redrive", *PROJECT, "--limit", "0"), "write a whole number from 1 on"),
        (("redrive", *PROJECT, "--limit", "-3"), "write a whole number from 1 on"),
        (("redrive", *PROJECT, "--state", "dropped"), "invalid choice"),
        (("restore", *PROJECT), "--uid"),
        (("restore", *PROJECT, "--uid", "ada", "--all", "--device", "x"), "not allowed with"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_mistake_on_the_command_line_is_named(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command.parse(arguments)

    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_database_is_the_deployed_one_unless_named() -> None:
    assert command.parse(("status", *PROJECT)).database == "(default)"
    assert command.parse(("status", *PROJECT, "--database", "eu")).database == "eu"


def test_states_to_redrive_are_those_of_the_code() -> None:
    states = {state.value for state in command.REDRIVABLE}

    assert states <= set(State)
    assert command.parse(("redrive", *PROJECT, "--state", "gaveUp")).state == "gaveUp"


@pytest.mark.parametrize(
    ("error", "cause", "says"),
    [
        (
            Misconfigured("DATABASE", "x"),
            exceptions.PermissionDenied,
            "You may not do this in project shop-prod (or there is no such project): it takes"
            " roles/datastore.user. Google says: Missing permissions.",
        ),
        (
            Misconfigured("DATABASE", "x"),
            exceptions.NotFound,
            "There is no database eu in project shop-prod: see --database.",
        ),
        (
            Unavailable("Firestore"),
            exceptions.ServiceUnavailable,
            "Firestore cannot be reached: try again in a while.",
        ),
        (Misconfigured("STALE_DAYS", "must be a number"), None, "STALE_DAYS: must be a number"),
    ],
    ids=["denied", "no database", "unreachable", "a setting"],
)
def test_fault_is_told_in_one_line(
    error: FirebellError,
    cause: type[Exception] | None,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    error.__cause__ = None if cause is None else cause("Missing permissions.")

    assert command.explain(error, "shop-prod", "eu") == says


def test_emulator_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:9")

    said = command.explain(Unavailable("Firestore"), "shop-prod", "eu")

    assert said == (
        "Firestore cannot be reached: nothing answers at FIRESTORE_EMULATOR_HOST=127.0.0.1:9."
    )
