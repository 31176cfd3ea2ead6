"""Starts the stack's processes and ends every one of them, also those that escaped their parents.

Each process carries a mark in its environment, which its children inherit whatever group or session
they make: the Functions emulator leaves Python workers behind, and a Firestore emulator sits in a
group of its own.
"""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

MARK = "FIREBELL_STACK"
"""Environment variable of every process of a stack; its value is the repository's folder."""

GRACE_S = 5.0
"""How long a process may take to end after SIGTERM before it is killed."""


def start(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    log: Path,
    root: Path,
    folder: Path,
) -> subprocess.Popen[bytes]:
    """Start *command* in *folder*, marked as part of the stack of *root*, with its output in *log*.

    It is in a session of its own: Ctrl-C in a terminal then reaches only us, who end in order.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        return subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env={**environment, MARK: str(root)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def marked(root: Path) -> list[psutil.Process]:
    """Find every living process of the stack of *root*."""
    found = []
    for process in psutil.process_iter():
        # Zombies and other users' processes cannot be read, and are none of ours to end.
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == str(root) and process.pid != os.getpid():
                found.append(process)
    return found


def end(processes: Iterable[psutil.Process]) -> None:
    """Ask *processes* to end, and kill those that have not after a grace."""
    asked = list(processes)
    for process in asked:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(asked, timeout=GRACE_S)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=GRACE_S)


def end_all(root: Path, *, first: Iterable[psutil.Process] = ()) -> list[psutil.Process]:
    """End the stack of *root*: *first* in good order, then whatever else carries its mark.

    Returns:
        Those that live on.

    """
    end(first)
    # A worker may be born while its siblings die.
    deadline = time.monotonic() + 2 * GRACE_S
    while (left := marked(root)) and time.monotonic() < deadline:
        end(left)
    return left


def describe(found: Iterable[psutil.Process]) -> list[str]:
    """Name each of *found* by number and command."""
    lines = []
    for process in found:
        with contextlib.suppress(psutil.Error):
            lines.append(f"process {process.pid}: {' '.join(process.cmdline())}")
    return lines


def record(path: Path) -> None:
    """Write down that this process owns a stack, for a later run to know it by."""
    me = psutil.Process()
    path.write_text(json.dumps({"pid": me.pid, "createdAt": me.create_time()}) + "\n")


def owner(path: Path) -> psutil.Process | None:
    """Return the living process that `record` wrote down."""
    try:
        recorded = json.loads(path.read_text())
        process = psutil.Process(recorded["pid"])
        # Numbers of dead processes are used again.
        is_the_same = process.create_time() == recorded["createdAt"]
    except (FileNotFoundError, ValueError, KeyError, psutil.Error):
        return None
    return process if is_the_same else None
