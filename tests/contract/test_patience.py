"""Nothing in the functions waits for Firestore as long as its client would."""

import ast

import pytest

from tests.contract.markdown import ROOT

READS = [
    pytest.param(node, id=f"{path.stem}:{node.lineno}")
    for path in sorted((ROOT / "functions/firebell").glob("*.py"))
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.Call) and any(word.arg == "transaction" for word in node.keywords)
]


@pytest.mark.parametrize("read", READS)
def test_read_in_a_transaction_has_patience(read: ast.Call) -> None:
    unpacked = [ast.unparse(word.value) for word in read.keywords if word.arg is None]

    assert unpacked == ["PATIENCE"]


def test_there_are_such_reads() -> None:
    assert len(READS) >= 3
