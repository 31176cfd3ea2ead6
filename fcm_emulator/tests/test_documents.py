import re
from pathlib import Path

TESTS = Path(__file__).parent
NAMED = re.findall(r"`((?:\w+/)?test_\w+)::(test_\w+)`", (TESTS.parent / "CONTRACT.md").read_text())


def test_every_test_that_the_contract_names_exists() -> None:
    missing = [
        f"{module}::{name}"
        for module, name in NAMED
        if f"def {name}(" not in (TESTS / f"{module}.py").read_text()
    ]

    assert len(NAMED) > 30
    assert missing == []
