"""One function per log event; never a target, a secret or a notification's text."""

import logging
import re
import sys
from collections.abc import Sequence

from firebase_functions import logger

from firebell.core import schema
from firebell.core.deliveries import Delivery, Outcome

_OF_A_LIBRARY = re.compile(r"[:%$]")
"""What begins the part of firebase-functions' own messages that holds what a caller sent."""


def keep_contents_out() -> None:
    """Have firebase-functions log what happened, an error by its class, nothing of what was sent.

    Version 0.6.0 logs the refused parts of ID tokens, and fields of a body it did not expect; a
    target or a text may stand there. This goes when it does not.
    """
    logging.getLogger().addFilter(_without_contents)


def _without_contents(record: logging.LogRecord) -> bool:
    if "firebase_functions" in record.pathname:
        said = _OF_A_LIBRARY.split(str(record.msg), maxsplit=1)[0].strip()
        handled = sys.exc_info()[0]
        record.msg, record.args = f"{said}: {handled.__name__}" if handled else said, ()
    return True


def delivery_settled(delivery: Delivery) -> None:
    """Say how an attempt ended, by counts and codes."""
    outcomes = [line.result.value for line in delivery.devices.values()]
    logger.info(
        "delivery settled",
        deliveryId=delivery.id,
        state=delivery.state.value,
        reason=delivery.reason,
        field=_known(delivery.rejected_field),
        attempt=delivery.attempt,
        outcomes={name: outcomes.count(name) for name in set(outcomes)},
    )


def repeat_ignored(delivery_id: str) -> None:
    """Say that an event or a task found nothing to do."""
    logger.debug("delivery already in hand", deliveryId=delivery_id)


def trays_cleared(notifications: int, outcomes: Sequence[Outcome]) -> None:
    """Say how many notifications were told to be read, and what became of that, by counts."""
    kinds = [type(outcome).__name__ for outcome in outcomes]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    logger.info("trays cleared", notifications=notifications, outcomes=counts)


def outbox_rejected(notification_id: str, field: str) -> None:
    """Say that an outbox document cannot be delivered to anyone."""
    logger.warn("outbox document rejected", notificationId=notification_id, field=_known(field))


def doubt_settled(uid: str, verdict: str) -> None:
    """Say what became of a device whose target FCM had refused."""
    logger.info("doubted device settled", uid=uid, verdict=verdict)


def not_enqueued(kind: str, document_id: str) -> None:
    """Say that a task could not be queued; the sweep finds the work."""
    logger.warn("task not enqueued, the sweep will find it", kind=kind, id=document_id)


def due_found(deliveries: int, outbox: int) -> None:
    """Say how much due work a sweep handed to the queue; nothing is said when there was none."""
    if deliveries or outbox:
        logger.info("due work queued", deliveries=deliveries, outbox=outbox)


def device_registered(uid: str, *, moved: bool, evicted: int) -> None:
    """Say that a user registered a device, whether it changed hands, and how many gave way."""
    logger.info("device registered", uid=uid, moved=moved, evicted=evicted)


def devices_imported(results: Sequence[str]) -> None:
    """Say what became of the lines of an import, by counts."""
    logger.info("devices imported", results={name: results.count(name) for name in set(results)})


def user_erased(uid: str) -> None:
    """Say that nothing is held under a uid any more but its tombstone."""
    logger.info("user erased", uid=uid)


def topics_told(uid: str, outcomes: Sequence[Outcome]) -> None:
    """Say what became of telling FCM of a user's topics, by counts."""
    kinds = [type(outcome).__name__ for outcome in outcomes]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    logger.info("topics told", uid=uid, outcomes=counts)


def topics_put_off(uid: str, kind: str) -> None:
    """Say that FCM could not be told of a user's topics at once; the errand does it."""
    logger.warn("topics put off", uid=uid, error=kind)


def devices_pruned(removed: int, *, finished: bool) -> None:
    """Say how many unseen devices were removed, and whether time sufficed for all of them."""
    logger.info("unseen devices removed", removed=removed, finished=finished)


def request_failed(request_id: str, kind: str) -> None:
    """Say that a request met a fault of ours, by its class: its text may hold what was sent."""
    logger.error("request failed", requestId=request_id, error=kind)


def calls_uncounted(block: int) -> None:
    """Say that so many calls are let through without being counted: Firestore cannot serve."""
    logger.warn("calls let through uncounted", calls=block)


def keys_unavailable(url: str) -> None:
    """Say that Google's public keys cannot be had, so that nobody can prove who he is."""
    logger.error("public keys unavailable", url=url)


def runtime_ignored(fields: tuple[str, ...]) -> None:
    """Say which fields of `config/runtime` make no sense and were left out."""
    logger.error("config/runtime: ignored", fields=list(fields))


def settings_ignored(uid: str, fields: tuple[str, ...]) -> None:
    """Say in which fields of a user's settings something makes no sense and was left out."""
    ours = sorted({name.partition(".")[0] for name in fields})
    logger.warn("settings: ignored in part", uid=uid, fields=ours)


def function_failed(function: str, kind: str) -> None:
    """Say that a background function raised, by the error's class."""
    logger.error("function failed", function=function, error=kind)


def sender_failed(kind: str) -> None:
    """Say that the sender thread ended by a defect of ours; the next message starts another."""
    logger.error("sender thread failed", error=kind)


def _known(field: str | None) -> str | None:
    """Return the field of ours that *field* is in; names that a sender made up stay out of logs."""
    if field is None:
        return None
    root = re.split(r"[.\[]", field, maxsplit=1)[0]
    return root if root in schema.INBOX_FIELDS | schema.OUTBOX_FIELDS else "(unknown)"
