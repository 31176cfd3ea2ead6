"""Which billed operations does Firestore count for what is done?

The cases are those of the tests (tests/integration/bill_cases.py), each in a project of its own on
the emulators; what the functions' client asks of Firestore is counted on its channel. No estimates,
and no time: the figures do not depend on the machine.
"""

import contextlib
import io
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks import machine
from tests.integration import bill_cases, billed
from tests.integration.bill import Bill, meter
from tests.integration.scene import build, fresh_project, settings_of
from tools import stack

RESULT = Path(__file__).parent / "results/billed_operations.json"
DOCUMENT = Path(__file__).parents[1] / "docs/costs.md"
TABLE = re.compile(r"(^\| what is done \|.*\n\|[-|]*\n)(?:\|.*\n)*", re.MULTILINE)
PACKAGES = ("google-cloud-firestore",)


def main() -> None:
    """Count, print a table, write results/billed_operations.json and the table of docs/costs.md."""
    if os.environ.get("FIRESTORE_EMULATOR_HOST"):
        bills = count()
    else:
        with stack.ensure() as addresses:
            os.environ.update(addresses)
            bills = count()
    packages = machine.describe(PACKAGES)["packages"]
    RESULT.write_text(json.dumps({"packages": packages, "bills": bills}, indent=2) + "\n")
    show(bills)
    width = max(map(len, bills))
    print(f"{'':{width}}  reads writes deletes")
    for title, bill in bills.items():
        print(f"{title:{width}}  {bill['reads']:5} {bill['writes']:6} {bill['deletes']:7}")


def show(bills: Mapping[str, dict[str, int]]) -> None:
    """Write the rows of the table in docs/costs.md."""
    cells = [[title, *map(str, bill.values())] for title, bill in bills.items()]
    lines = "".join(f"| {' | '.join(row)} |\n" for row in cells)
    DOCUMENT.write_text(re.sub(TABLE, lambda head: head[1] + lines, DOCUMENT.read_text()))


def count() -> Mapping[str, dict[str, int]]:
    """Return each case's billed operations."""
    return {case.title: asdict(_count(case)) for case in bill_cases.ALL}


def _count(case: billed.Case) -> Bill:
    settings = settings_of(os.environ["FCM_EMULATOR_HOST"], fresh_project())
    scene = build(settings, "ada", [])
    counting = meter(scene.services.store._client)
    logged = io.StringIO()
    with contextlib.redirect_stdout(logged), contextlib.redirect_stderr(logged):
        return billed.bill_of(case, scene, counting)


if __name__ == "__main__":
    main()
