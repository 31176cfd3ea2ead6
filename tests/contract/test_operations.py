"""docs/operations.md against the code: the lines it explains are written, its numbers are true."""

import ast
import re
from pathlib import Path

from firebell import config, log
from firebell.core import schema
from firebell.core.deliveries import State
from firebell.reference import RUNTIME_LIFE
from firebell.store import DUE_LIMIT
from tests.contract.markdown import ROOT, first_column
from tools.operation import command

OPERATIONS = (ROOT / "docs/operations.md").read_text()


def logged() -> set[str]:
    """Return every message that `log` writes."""
    calls = [
        node
        for node in ast.walk(ast.parse(Path(log.__file__).read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("logger.")
    ]
    return {str(ast.literal_eval(call.args[0])) for call in calls}


def test_alarms_are_lines_that_are_logged() -> None:
    rows = re.findall(r"^\| (`[^|]*) \|", OPERATIONS.partition("## Alarms")[2], re.MULTILINE)
    messages = {row.split("`")[1] for row in rows}

    assert len(messages) >= 7
    assert messages <= logged()


def test_commands_that_are_shown_are_understood() -> None:
    shown = re.findall(r"^tools/operate ([^#\n]+)", OPERATIONS, re.MULTILINE)

    assert {command.parse(line.split()).command for line in shown} == {
        *("pause", "resume", "status", "redrive", "restore", "stamp")
    }


def test_options_and_states_of_redrive_are_those_of_the_code() -> None:
    options = {name.split()[0] for name in first_column(OPERATIONS, "option") if name[:2] == "--"}
    values = {"--since": "1h", "--state": "failed", "--uid": "ada", "--limit": "1"}
    line = [word for name in options for word in (name, values.get(name)) if word is not None]

    command.parse(["redrive", "--project", "p", *line])
    assert set(values) <= options
    assert {"failed", "gaveUp", "done"} == {State(state) for state in command.REDRIVABLE}


def test_numbers_are_those_of_the_code() -> None:
    for says in (
        f"within {RUNTIME_LIFE.total_seconds():.0f} seconds",
        f"due within {schema.PAUSE_LOOK_S // 60} minutes",
        f"to the queue, {DUE_LIMIT} a minute",
        f"picks up {DUE_LIMIT} a minute",
        f"`STALE_DAYS` ({config.STALE_DAYS})",
        f"`REMOVE_DAYS` ({config.REMOVE_DAYS})",
        f"stay in `outbox` for {schema.KEPT_OUTBOX_LIFE_S // 86_400} days",
        f"{schema.LEASE_S // 60} minutes (its lease)",
        f"{schema.GIVE_UP_AFTER_S // 3600} hours",
    ):
        assert says in OPERATIONS, says
