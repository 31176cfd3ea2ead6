"""Every fault that docs/faults.md lists has the test it names."""

import ast
import re

from tests.contract.markdown import ROOT

FAULTS = (ROOT / "docs/faults.md").read_text()
NAMED = re.compile(r"`(test_\w+)::(test_\w+)`")
ROW = re.compile(r"^\|(?!---).*\|$", re.MULTILINE)
HEADS = re.compile(r"^\| (?:fault|defect) \|")


def existing() -> set[tuple[str, str]]:
    """Return every test, with the name of its module."""
    return {
        (path.stem, node.name)
        for path in ROOT.glob("tests/*/test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


def test_each_test_that_is_named_is_there() -> None:
    assert set(NAMED.findall(FAULTS)) - existing() == set()


def test_each_fault_names_a_test() -> None:
    rows = [row for row in ROW.findall(FAULTS) if not HEADS.match(row)]

    assert len(rows) > 40
    assert [row for row in rows if not NAMED.search(row)] == []
