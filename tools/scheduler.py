"""Plays Cloud Scheduler for the local stack, every second instead of every minute."""

import http.client
import threading
from datetime import UTC, datetime
from pathlib import Path

from tools import ports

PERIOD_S = 1.0
CALL_TIMEOUT_S = 60.0


class Scheduler:
    """Posts to the scheduled function from a thread of its own, one call at a time."""

    def __init__(self, log: Path) -> None:
        """Prepare; failed calls go to *log*."""
        self._log = log
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Begin to call."""
        self._log.write_bytes(b"")
        self._thread.start()

    def stop(self) -> None:
        """Call no more."""
        self._is_over.set()

    def _run(self) -> None:
        while not self._is_over.wait(PERIOD_S):
            due_at = datetime.now(UTC).replace(microsecond=0)
            try:
                problem = _call(due_at)
            except (OSError, http.client.HTTPException) as error:
                problem = repr(error)
            if problem and not self._is_over.is_set():
                with self._log.open("a") as log:
                    log.write(f"{due_at.isoformat()} sweep: {problem}\n")


def _call(due_at: datetime) -> str:
    # A connection each: the server closes idle ones at a moment that a pool would run into.
    connection = http.client.HTTPConnection(ports.HOST, ports.SCHEDULER, timeout=CALL_TIMEOUT_S)
    try:
        headers = {
            "X-CloudScheduler-ScheduleTime": due_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "X-CloudScheduler-JobName": "firebase-schedule-sweep-us-central1",
        }
        connection.request("POST", "/", headers=headers)
        answer = connection.getresponse()
        answer.read()
        return "" if answer.status == http.client.OK else f"status {answer.status}"
    finally:
        connection.close()
