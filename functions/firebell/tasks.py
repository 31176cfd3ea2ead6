"""Enqueue work on the `deliver` queue; owns the queue's quirks, and the Tasks emulator's.

The queue is a hint: what it loses, the sweep finds, and what it brings early or twice does nothing.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from firebase_admin import exceptions, functions
from google.auth.exceptions import GoogleAuthError

from firebell import app, log
from firebell.config import Settings
from firebell.errors import Unavailable

Kind: TypeAlias = Literal["delivery", "outbox"]

QUEUE = "deliver"
"""The queue is named after its function (firebase-tools #7884: one lowercase word)."""

MAX_AHEAD = timedelta(days=29)
"""How far ahead a task may be scheduled: Cloud Tasks takes 30 days ("Quotas and limits")."""

TIMEOUT_S = 5
"""Seconds to wait for Cloud Tasks, twice at most: what it cannot take now, the sweep finds."""


class DeliverQueue:
    """The queue of the function `deliver`."""

    def __init__(self, settings: Settings) -> None:
        """Enqueue in *settings*' region; the SDK itself honours CLOUD_TASKS_EMULATOR_HOST."""
        self._settings = settings

    def offer(
        self, kind: Kind, document_id: str, *, at: datetime, epoch: str, now: datetime
    ) -> None:
        """Ask for `deliver` to be called for one delivery or outbox document at *at*.

        What the queue cannot take now is logged and left to the sweep.

        Args:
            kind: Which collection *document_id* names.
            document_id: The document's id.
            at: Not before this instant, aware UTC. Beyond `MAX_AHEAD` nothing is queued: the sweep
                finds it.
            epoch: Tells this wish from earlier ones for the same document: a task's name is refused
                for up to 24 h after use, and a repeat of the same wish is meant to be refused.
            now: Aware UTC.

        """
        if at - now > MAX_AHEAD:
            return
        try:
            self._enqueue(kind, document_id, at=at, epoch=epoch)
        except Unavailable:
            log.not_enqueued(kind, document_id)

    def _enqueue(self, kind: Kind, document_id: str, *, at: datetime, epoch: str) -> None:
        name = hashlib.sha256(f"{kind}\n{document_id}\n{epoch}".encode()).hexdigest()
        options = functions.TaskOptions(task_id=name, schedule_time=at)
        try:
            self._queue().enqueue({"data": {"kind": kind, "id": document_id}}, options)
        except exceptions.AlreadyExistsError:
            return
        except exceptions.ConflictError:  # the Tasks emulator's 409, mapped by status alone
            return
        except ValueError as error:
            # firebase-admin 7.7.0 cuts one character too many off the emulator's task name, after
            # queueing.
            if str(error) != "Invalid resource name format.":
                # So firebase-admin calls credentials that cannot be refreshed now.
                raise Unavailable("Cloud Tasks") from error
        except (exceptions.FirebaseError, GoogleAuthError) as error:
            raise Unavailable("Cloud Tasks") from error

    def _queue(self) -> functions.TaskQueue:
        region = self._settings.region
        queue = functions.task_queue(f"locations/{region}/functions/{QUEUE}", app=app.get())
        # firebase-admin 7.7.0 heeds the app's httpTimeout everywhere but here, and waits 120 s.
        queue._http_client._timeout = TIMEOUT_S
        return queue
