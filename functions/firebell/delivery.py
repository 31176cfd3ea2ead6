"""The corridor: read → decide → build → send → classify → write, for one notification.

Every door ends here: an inbox document, an outbox document, a task of the `deliver` queue. The
record in `deliveries` is the truth; events and tasks are hints, so whatever comes twice, late or
early finds its answer there and does nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from firebell import log
from firebell.core import lifecycle, parse, payloads, policy, schema, settlement
from firebell.core.deliveries import Decision, Defer, Delivery, Drop, Outcome, Send
from firebell.core.model import Device, Notification, Recipient
from firebell.database import Stored
from firebell.errors import InvalidRequest, Unavailable
from firebell.sending import send, settle_devices
from firebell.services import Services
from firebell.stamping import stamp
from firebell.templating import completed

Found: TypeAlias = tuple[Recipient, Stored]
"""A recipient, checked and as stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery this run owns until its lease ends; `version` is what the next write replaces."""

    delivery: Delivery
    version: datetime


def deliver_inbox(uid: str, document: Stored, services: Services) -> None:
    """Deliver the inbox document *document*, just created; a repeat of the event sends nothing.

    Raises:
        Unavailable: Firestore cannot serve now; the event is worth repeating.

    **Cost:** 1 read + 2 writes for a complete document; 1 write more for a bare one; a repeat 1
    read (a bare document is then read once more).

    """
    claim = lifecycle.claim(uid, document.id, source="inbox", now=services.clock())
    version = services.store.claim(claim)
    if version is not None:
        attempt(Claimed(delivery=claim, version=version), document, services)
        return
    log.repeat_ignored(claim.id)
    deliver_again(claim.id, services)
    if _is_shown(document, services):
        stamp(uid, document, services)


def deliver_again(delivery_id: str, services: Services) -> None:
    """Try a delivery again if it is due; finished, leased, or not yet due, it is left alone.

    Raises:
        Unavailable: Firestore cannot serve now.

    **Cost:** 1 read when there is nothing to do, else 3 reads + 2 writes.

    """
    found = services.store.read_delivery(delivery_id)
    taken = lifecycle.take_over(found[0], now=services.clock()) if found is not None else None
    if found is None or taken is None:
        return
    version = services.store.update_delivery(taken, found[1])
    if version is None:
        return
    claimed = Claimed(delivery=taken, version=version)
    document = _read_document(taken, services)
    if lifecycle.is_over(taken, now=services.clock()):
        _settle(claimed, lifecycle.give_up(taken), document, services)
    elif document is None:
        _settle(claimed, lifecycle.drop(taken, "notification_deleted"), document, services)
    else:
        attempt(claimed, document, services)


def attempt(
    claimed: Claimed, document: Stored, services: Services, *, recipient: Found | None = None
) -> None:
    """Run the corridor once for a claimed delivery, and write how it ended.

    What a backend wrote to the inbox of an erased user goes, and its record with it.

    Args:
        claimed: What this run owns.
        document: The notification: an inbox document, or an outbox document not meant for the
            inbox.
        services: What to read, send and write with.
        recipient: Whom it is for, where this run has read that already.

    """
    delivery = claimed.delivery
    try:
        content = completed(document, services)
        notification = _parse(delivery, content)
    except InvalidRequest as error:
        rejected = lifecycle.reject(delivery, field=error.field, problem=error.problem)
        _settle(claimed, rejected, document, services)
        return
    found = recipient or services.devices.read(delivery.uid)
    outcomes: Mapping[Device, Outcome] = {}
    decision = _decide(delivery, notification, found, services)
    match decision:
        case Drop(reason="erased") if delivery.source == "inbox":
            services.store.forget_inbox(delivery, claimed.version)
            return
        case Drop():
            settled = lifecycle.drop(delivery, decision.reason)
        case Defer():
            settled = lifecycle.defer(delivery, until=decision.until, reason=decision.reason)
        case Send() if found is not None:
            settled, outcomes = _deliver(
                delivery, notification, found[0], decision, document, services
            )
    _settle(claimed, settled, document, services)
    if found is not None:
        settle_devices(delivery.uid, found[1], outcomes, services)
    if delivery.source == "inbox":
        stamp(delivery.uid, document, services)


def _decide(
    delivery: Delivery, notification: Notification, found: Found | None, services: Services
) -> Decision:
    now = services.clock()
    return policy.decide(
        notification,
        found[0] if found is not None else None,
        runtime=services.reference.runtime(now),
        life_ends=lifecycle.life_ends(delivery, notification),
        now=now,
    )


def _deliver(
    delivery: Delivery,
    notification: Notification,
    recipient: Recipient,
    decision: Send,
    document: Stored,
    services: Services,
) -> tuple[Delivery, Mapping[Device, Outcome]]:
    """Build, send and classify for the devices that are owed the message."""
    now = services.clock()
    if lifecycle.is_late(delivery, notification, now=now):
        return lifecycle.give_up(delivery), {}
    owed = lifecycle.owed(delivery, decision.devices, now=now)
    unread = _unread(notification, delivery, document, services)
    age_s = (now - delivery.created_at).total_seconds()
    try:
        built = payloads.payloads(
            notification,
            owed,
            recipient=recipient,
            now=now,
            age_s=age_s,
            unread=unread,
            firebase_worker=services.firebase_worker,
        )
    except InvalidRequest as error:
        return lifecycle.reject(delivery, field=error.field, problem=error.problem), {}
    if _is_capped(delivery, notification, services):
        return lifecycle.drop(delivery, "capped"), {}
    until = lifecycle.send_until(delivery)
    sent = send(built, services, validate_only=notification.validate_only, until=until)
    outcomes = {**decision.skipped, **sent}
    settled = settlement.conclude(
        delivery, notification, outcomes, now=services.clock(), jitter=services.chance()
    )
    return replace(settled, reason=settled.reason or decision.note), outcomes


def _is_capped(delivery: Delivery, notification: Notification, services: Services) -> bool:
    """Count what is about to be sent where a cap limits it; tell whether it is one too many.

    A count that cannot be had now holds nothing up: rather one push too many than one lost.

    **Cost:** 1 write with a cap.
    """
    now = services.clock()
    cap = policy.cap_of(notification, services.reference.runtime(now))
    if cap is None or not lifecycle.is_first_try(delivery):
        return False
    counter = policy.counter(delivery.uid, cap, now=now)
    try:
        count = services.counters.increment(
            counter.id, expire_at=counter.expire_at, uid=delivery.uid
        )
    except Unavailable:
        return False
    return count > cap.most


def _parse(delivery: Delivery, document: Stored) -> Notification:
    parse.uid(delivery.uid)
    if delivery.source == "inbox":
        return parse.inbox_notification(document.id, document.data)
    return parse.outbox_item(document.id, document.data).notification


def _unread(
    notification: Notification, delivery: Delivery, document: Stored, services: Services
) -> int | None:
    """Count the unread, where the badge asks for it; a bare document no query finds yet."""
    if notification.badge != "unread":
        return None
    is_bare = delivery.source == "inbox" and not {"readAt", "archivedAt"} <= document.data.keys()
    return services.store.count_unread(delivery.uid) + is_bare


def _settle(
    claimed: Claimed, settled: Delivery, document: Stored | None, services: Services
) -> None:
    """Write how an attempt ended; a delivery somebody took over meanwhile is theirs."""
    version = services.store.update_delivery(
        settled,
        claimed.version,
        finished_outbox=settled.notification_id if lifecycle.frees_outbox(settled) else None,
        kept_outbox=_kept_outbox(settled, document, services),
    )
    if version is None:
        log.repeat_ignored(settled.id)
        return
    log.delivery_settled(settled)
    if settled.due_at is not None:
        due_at = settled.due_at
        epoch, now = due_at.isoformat(), services.clock()
        services.queue.offer("delivery", settled.id, at=due_at, epoch=epoch, now=now)


def _kept_outbox(
    settled: Delivery, document: Stored | None, services: Services
) -> tuple[str, datetime] | None:
    """Return which outbox document stays, and until when; what says so itself is left alone."""
    if document is None or not lifecycle.keeps_outbox(settled):
        return None
    if document.data.get("expireAt") is not None:
        return None
    return document.id, services.clock() + timedelta(seconds=schema.KEPT_OUTBOX_LIFE_S)


def _read_document(delivery: Delivery, services: Services) -> Stored | None:
    if delivery.source == "inbox":
        return services.store.read_inbox(delivery.uid, delivery.notification_id)
    return services.outbox.read(delivery.notification_id)


def _is_shown(document: Stored, services: Services) -> bool:
    """Tell whether clients can show *document*; else it is not stamped into their queries."""
    try:
        content = completed(document, services)
        parse.inbox_notification(content.id, content.data)
    except InvalidRequest:
        return False
    return True
