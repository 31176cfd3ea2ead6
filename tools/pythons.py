"""Lists the Python interpreters of this machine that really run, newest first.

A name on PATH proves nothing: under pyenv the shim of a version that is not active answers
"command not found".
Needs nothing but the standard library and Python 3.8, so that any Python can start it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

# Asks for ensurepip and sqlite3 too: without them there is no environment and no Django database.
PROBE = "import ensurepip, sqlite3, ssl, sys, venv; print(*sys.version_info[:3])"
PROBE_TIMEOUT_S = 20
NAMES = ["python3.13", "python3.12", "python3.11", "python3.10", "python3", "python"]
ADVICE = (
    "No Python {oldest} to {newest} that really runs was found. Get one from"
    ' python.org/downloads, or with "brew install python@{newest}", "pyenv install {newest}",'
    ' "apt-get install python3 python3-venv", or "uv python install {newest}" (and put it on PATH).'
)


class Interpreter(NamedTuple):
    """A Python that answered when it was run."""

    version: tuple[int, ...]
    path: str


def installed(oldest: tuple[int, ...], newest: tuple[int, ...]) -> list[Interpreter]:
    """Run every candidate and keep the first of each minor version, newest first.

    Args:
        oldest: First minor version wanted, as `(3, 11)`; `newest` is the last one, itself included.

    """
    running = [found for path in _candidates() for found in [_run(path)] if found is not None]
    wanted = [found for found in running if oldest <= found.version[:2] <= newest]
    by_minor: dict[tuple[int, ...], Interpreter] = {}
    for found in wanted:
        by_minor.setdefault(found.version[:2], found)
    return sorted(by_minor.values(), reverse=True)


def _candidates() -> list[str]:
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    # pyenv's shims are slow and name only what is active; its versions folder holds all of them.
    on_path = [
        Path(folder) / name
        for folder in folders
        if Path(folder) != pyenv / "shims"
        for name in NAMES
    ]
    in_pyenv = sorted(pyenv.glob("versions/3.*/bin/python3"), key=_patch, reverse=True)
    return [str(path) for path in [*on_path, *in_pyenv] if os.access(str(path), os.X_OK)]


def _patch(python: Path) -> tuple[int, ...]:
    numbers = python.parent.parent.name.split(".")
    return tuple(int(number) if number.isdigit() else -1 for number in numbers)


def _run(path: str) -> Interpreter | None:
    try:
        answer = subprocess.run(
            [path, "-c", PROBE], capture_output=True, timeout=PROBE_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode != 0:
        return None
    return Interpreter(tuple(int(number) for number in answer.stdout.split()), path)


def _minor(text: str) -> tuple[int, ...]:
    major, dot, minor = text.partition(".")
    if not (dot and major.isdigit() and minor.isdigit()):
        raise argparse.ArgumentTypeError(f'write a minor version such as 3.12, not "{text}"')
    return int(major), int(minor)


def main() -> int:
    """Print the path of each interpreter on a line of its own, or say how to get one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--min", type=_minor, default=(3, 10), help="oldest minor version wanted")
    parser.add_argument("--max", type=_minor, default=(3, 13), help="newest minor version wanted")
    parser.add_argument("--first", action="store_true", help="print the newest one only")
    arguments = parser.parse_args()
    found = installed(arguments.min, arguments.max)
    if not found:
        oldest, newest = (".".join(map(str, edge)) for edge in (arguments.min, arguments.max))
        print(ADVICE.format(oldest=oldest, newest=newest), file=sys.stderr)
        return 1
    for interpreter in found[:1] if arguments.first else found:
        print(interpreter.path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
