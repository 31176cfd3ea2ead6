"""Which billed operations does Firestore count for what is done?

The cases are those of the tests (tests/integration/billed.py), each in a project of its own on the
emulators; what the functions' client asks of Firestore is counted on its channel. No estimates, and
no time: the figures do not depend on the machine.
"""

import contextlib
import io
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from benchmarks import machine
from tests.integration import billed
from tests.integration.bill import Bill, meter
from tests.integration.scene import build, fresh_project, settings_of
from tools import stack

RESULT = Path(__file__).parent / "results/billed_operations.json"
PACKAGES = ("google-cloud-firestore",)


def main() -> None:
    """Count, print a table, write results/billed_operations.json."""
    if os.environ.get("FIRESTORE_EMULATOR_HOST"):
        bills = count()
    else:
        with stack.ensure() as addresses:
            os.environ.update(addresses)
            bills = count()
    packages = machine.describe(PACKAGES)["packages"]
    RESULT.write_text(json.dumps({"packages": packages, "bills": bills}, indent=2) + "\n")
    width = max(map(len, bills))
    print(f"{'':{width}}  reads writes deletes")
    for title, bill in bills.items():
        print(f"{title:{width}}  {bill['reads']:5} {bill['writes']:6} {bill['deletes']:7}")


def count() -> Mapping[str, dict[str, int]]:
    """Return each case's billed operations."""
    return {case.title: asdict(_count(case)) for case in billed.CASES}


def _count(case: billed.Case) -> Bill:
    settings = settings_of(os.environ["FCM_EMULATOR_HOST"], fresh_project())
    scene = build(settings, "ada", [])
    counting = meter(scene.services.store._client)
    logged = io.StringIO()
    with contextlib.redirect_stdout(logged), contextlib.redirect_stderr(logged):
        return billed.bill_of(case, scene, counting)


if __name__ == "__main__":
    main()
