"""What Google bills: the document, the benchmark's result and the tests name the same figures."""

import json
import re
from dataclasses import asdict

from tests.contract.markdown import ROOT
from tests.integration.bill_cases import ALL

COSTS = (ROOT / "docs/costs.md").read_text()
RESULT = json.loads((ROOT / "benchmarks/results/billed_operations.json").read_text())
ROW = re.compile(r"^\| (.+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


def test_result_is_that_of_the_tests() -> None:
    assert RESULT["bills"] == {case.title: asdict(case.bill) for case in ALL}


def test_titles_tell_the_cases_apart() -> None:
    assert len(RESULT["bills"]) == len(ALL)


def test_document_shows_the_result() -> None:
    shown = [
        (title, {"reads": int(reads), "writes": int(writes), "deletes": int(deletes)})
        for title, reads, writes, deletes in ROW.findall(COSTS)
    ]

    assert shown == list(RESULT["bills"].items())
