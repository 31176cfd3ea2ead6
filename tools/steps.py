"""Runs the steps of a set-up: side by side, each once, resumable, with its time.

A step's stamp is written last and holds the hash of its inputs: whatever interrupts a step makes it
run again.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

SHOWN_LINES = 25
"""How much of a failed step's log is repeated on the screen."""


class StepError(Exception):
    """A step could not be done; the message says why."""


class Shell:
    """Runs one step's commands, each with its output in that step's log."""

    def __init__(self, log: Path) -> None:
        """Start the log anew."""
        self.log = log
        self.is_stopped = False
        self._current: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")

    def run(self, *command: str | Path, timeout_s: float | None = None) -> None:
        """Run *command* to its end.

        Raises:
            StepError: It failed, took longer than *timeout_s*, or the set-up is being stopped.

        """
        words = [str(word) for word in command]
        with self.log.open("ab") as log:
            log.write(f"$ {' '.join(words)}\n".encode())
            log.flush()
            process = self._start(words, log.fileno())
            try:
                status = process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                _end(process)
                raise StepError(f"{words[0]} took longer than {timeout_s} s") from None
        if self.is_stopped:
            raise StepError("interrupted")
        if status:
            raise StepError(f"{Path(words[0]).name} ended with status {status}")

    def stop(self) -> None:
        """End the command that runs and refuse further ones."""
        with self._lock:
            self.is_stopped = True
            if self._current and self._current.poll() is None:
                _end(self._current)

    def _start(self, words: Sequence[str], output: int) -> subprocess.Popen[bytes]:
        with self._lock:
            if self.is_stopped:
                raise StepError("interrupted")
            # A group of its own, so that stopping reaches the compilers that cargo and npm start.
            self._current = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            return self._current


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to be made.

    Attributes:
        key: Hash of everything the product depends on.
        title: What the step makes, for whoever waits for it.
        product: A path that is there when the step is done; its absence overrules the stamp.
        after: Names of the steps that must have succeeded before.

    """

    name: str
    title: str
    key: str
    product: Path
    work: Callable[[Shell], None]
    after: tuple[str, ...] = ()


def perform(steps: Sequence[Step], *, state: Path) -> list[str]:
    """Do what is not yet done of *steps*, and return the names of those that failed.

    A failure is shown at once while the others go on, so that the next run need not repeat them.

    Args:
        steps: Each listed behind those it comes after.
        state: Folder for stamps and logs.

    """
    due = [step for step in steps if not _is_done(step, state)]
    if due:
        print("Setting up, side by side; the first time takes some minutes:", flush=True)
        for step in due:
            print(f"          {step.title}", flush=True)
        print("Done so far:", flush=True)
    shells = {step.name: Shell(state / "logs" / f"setup-{step.name}.log") for step in due}
    with ThreadPoolExecutor(max_workers=max(1, len(due))) as pool:
        futures: dict[str, Future[None]] = {}
        for step in due:
            waits = [futures[name] for name in step.after if name in futures]
            futures[step.name] = pool.submit(_do, step, shells[step.name], waits, state)
        try:
            for _ in as_completed(futures.values()):
                pass
        finally:
            for shell in shells.values():
                shell.stop()
    return [name for name, future in futures.items() if future.exception()]


def _is_done(step: Step, state: Path) -> bool:
    stamp = state / "stamps" / step.name
    return step.product.exists() and stamp.is_file() and stamp.read_text() == step.key


def _do(step: Step, shell: Shell, waits: Sequence[Future[None]], state: Path) -> None:
    if any(wait.exception() for wait in waits):
        raise StepError(f"{step.name} needs a step that failed")
    stamp = state / "stamps" / step.name
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    started = time.monotonic()
    try:
        step.work(shell)
    except (OSError, StepError) as error:
        if not shell.is_stopped:
            _show_failure(
                step, shell, f"{time.monotonic() - started:6.1f} s  {step.title}: {error}"
            )
        raise
    print(f"{time.monotonic() - started:6.1f} s  {step.title}", flush=True)
    stamp.write_text(step.key)


def _show_failure(step: Step, shell: Shell, headline: str) -> None:
    lines = shell.log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]
    body = "\n".join(f"          | {line}" for line in lines)
    print(f"{headline}\n{body}\n          whole log: {shell.log}", flush=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
