"""What a contract test stands on: absent, it skips with a reason, or fails under REQUIRE_ALL=1."""

import os
from pathlib import Path

import pytest


def need_file(path: Path, how: str) -> Path:
    """Return *path*, or end the test saying *how* to get it."""
    if not path.exists():
        _absent(f"{path.name} is absent: {how}")
    return path


def need_variable(name: str, how: str) -> str:
    """Return the environment variable *name*, or end the test saying *how* to set it."""
    value = os.environ.get(name, "")
    if not value:
        _absent(f"{name} is not set: {how}")
    return value


def _absent(reason: str) -> None:
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
