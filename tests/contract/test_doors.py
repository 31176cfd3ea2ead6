"""docs/security.md names every door, and tests that exist."""

import ast
import re

from tests.contract.markdown import ROOT, first_column
from tests.contract.test_faults import NAMED, ROW, existing
from tests.contract.test_openapi import operations

SECURITY = (ROOT / "docs/security.md").read_text()
MAIN = ast.parse((ROOT / "functions/main.py").read_text())


def rows() -> list[str]:
    doors = SECURITY.partition("\n## What stolen credentials allow")[0]
    return [row for row in ROW.findall(doors) if not row.startswith(("| door |", "| | proven"))]


def test_every_deployed_function_and_every_route_is_a_door() -> None:
    functions = {node.name for node in MAIN.body if isinstance(node, ast.FunctionDef)}
    routes = {f"{method.upper()} {path}" for path, method in operations()}

    assert first_column(SECURITY, "door") == functions | routes


def test_each_door_names_a_test_and_each_test_is_there() -> None:
    assert len(rows()) > 15
    assert [row for row in rows() if not NAMED.search(row)] == []
    assert set(NAMED.findall(SECURITY)) - existing() == set()


def test_every_parameter_of_who_may_is_explained() -> None:
    explained = (ROOT / "docs/http-api.md").read_text() + SECURITY
    said = re.findall(r"^#? ?([A-Z_]+)=", (ROOT / "functions/.env").read_text(), re.MULTILINE)
    ours = {"SENDER_ACCOUNTS", "AUDIENCES", "CHECK_REVOKED", "CALLS_PER_MINUTE"}

    assert {*ours, "ENFORCE_APP_CHECK"} <= set(said)
    assert [name for name in ours if f"`{name}" not in explained] == []
