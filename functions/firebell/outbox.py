"""Outbox documents: for later, silent, or not for the inbox; and the sweep for what is due."""

from datetime import datetime, timedelta
from typing import Any

from firebell import delivery, errands, log
from firebell.core import erasure, lifecycle, parse, policy, schema
from firebell.core.deliveries import Delivery
from firebell.core.fields import Fields
from firebell.core.model import OutboxItem, Source
from firebell.database import Stored
from firebell.delivery import Claimed, Found
from firebell.errors import InvalidRequest
from firebell.services import Services
from firebell.store import DUE_LIMIT
from firebell.tasks import Kind
from firebell.templating import completed

SWEEP_LIMIT = timedelta(seconds=20)
"""For each kind, of a function's 60 s: a slow queue gets the rest with the next minute's sweep."""


def accept(document: Stored, services: Services) -> None:
    """Deliver the outbox document *document*, just created, or schedule it for its `sendAt`.

    Raises:
        Unavailable: Firestore cannot serve now; the event is worth repeating.

    One for an erased user is removed.

    **Cost:** at once: an inbox delivery's, and 1 write + 1 delete; scheduled: 1 read + 1 write now,
    1 read more then; for an erased user 1 read + 1 delete.

    """
    if errands.is_errand(document):
        _offer(document, errands.due_at(document, services), services)
        return
    checked = _check(document, services)
    if checked is None:
        return
    item, content = checked
    if item.send_at is None or item.send_at <= services.clock():
        _deliver(item, document, content, services)
        return
    if _removed(document, services.devices.read(item.uid), services):
        return
    if not item.is_scheduled:
        services.outbox.schedule(document.id, item.send_at)
    _offer(document, item.send_at, services)


def deliver_task(task: Any, services: Services) -> None:
    """Do what a task of the `deliver` queue asks: `{kind: delivery|outbox, id}`.

    While sending is paused nothing is done but erasing: what is due stays due, and the sweep finds
    it later.

    Raises:
        InvalidRequest: The task is none of ours.
        Misconfigured: The functions may not delete Auth users.
        Unavailable: Firestore cannot serve now; the queue tries again.

    """
    fields = Fields(task, known={"kind", "id"})
    document_id = fields.required_text("id", form=schema.DOCUMENT_ID)
    kind = fields.choice("kind", ("delivery", "outbox"))
    if _is_paused(services):
        if kind == "outbox" and erasure.may_be_errand(document_id):
            errands.erase_due(document_id, services)
    elif kind == "outbox":
        deliver_due(document_id, services)
    else:
        delivery.deliver_again(document_id, services)


def deliver_due(document_id: str, services: Services) -> None:
    """Deliver an outbox document whose time has come; one that is gone or early is left alone.

    Raises:
        Unavailable: Firestore cannot serve now.

    **Cost:** 1 read, then as `accept`.

    """
    document = services.outbox.read(document_id)
    if document is not None and errands.is_errand(document):
        errands.run(document, services)
        return
    checked = _check(document, services) if document is not None else None
    if document is None or checked is None:
        return
    item, content = checked
    if item.send_at is None or item.send_at <= services.clock():
        _deliver(item, document, content, services)


def sweep(services: Services) -> None:
    """Hand everything that is due to the `deliver` queue: expired leases, retries, schedules.

    While sending is paused nothing is read or handed over.

    Raises:
        Unavailable: Firestore cannot serve now; the next minute's sweep does it.

    **Cost:** 2 reads when nothing is due, else 1 for each due document; and 1 for `config/runtime`
    every 30 s.

    """
    if _is_paused(services):
        return
    deliveries = _hand_over("delivery", schema.DELIVERIES, services)
    outbox = _hand_over("outbox", schema.OUTBOX, services)
    log.due_found(deliveries, outbox)


def _hand_over(kind: Kind, collection: str, services: Services) -> int:
    """Queue what is due in *collection*, longest due first; return how much that was."""
    now, count, after = services.clock(), 0, None
    minute = now.strftime("%Y-%m-%dT%H:%M")
    while True:
        found = services.store.due(collection, now, after=after)
        for document_id, due_at in found:
            if services.clock() - now > SWEEP_LIMIT:
                return count
            epoch = f"{due_at.isoformat()} {minute}"
            services.queue.offer(kind, document_id, at=now, epoch=epoch, now=now)
            count, after = count + 1, due_at
        if len(found) < DUE_LIMIT:
            return count


def _offer(document: Stored, at: datetime, services: Services) -> None:
    now = services.clock()
    services.queue.offer("outbox", document.id, at=at, epoch=at.isoformat(), now=now)


def _is_paused(services: Services) -> bool:
    return services.reference.runtime(services.clock()).sending_paused


def _check(document: Stored, services: Services) -> tuple[OutboxItem, Stored] | None:
    """Check *document* and complete it from its template.

    One that cannot be delivered is kept, and its delivery says why.
    """
    try:
        content = completed(document, services)
        return parse.outbox_item(content.id, content.data), content
    except InvalidRequest as error:
        claim = lifecycle.claim(_uid(document), document.id, source="outbox", now=services.clock())
        services.store.claim(lifecycle.reject(claim, field=error.field, problem=error.problem))
        services.outbox.set_aside(document, now=services.clock())
        log.outbox_rejected(document.id, error.field)
        return None


def _deliver(item: OutboxItem, document: Stored, content: Stored, services: Services) -> None:
    now = services.clock()
    found = services.devices.read(item.uid)
    if _removed(document, found, services):
        return
    inbox = item.inbox and policy.inbox_allowed(
        item.notification, found[0] if found is not None else None
    )
    source: Source = "inbox" if inbox else "outbox"
    claim = lifecycle.claim(item.uid, document.id, source=source, now=now)
    inbox_document = _inbox_document(content, now) if inbox else None
    version = services.store.claim_from_outbox(claim, document, inbox_document)
    if version is None:
        delivery.deliver_again(claim.id, services)
        _clear_up(claim, content, services)
        return
    if inbox_document is not None:
        content = _stored(document, inbox_document, version)
    claimed = Claimed(delivery=claim, version=version)
    delivery.attempt(claimed, content, services, recipient=found)


def _removed(document: Stored, recipient: Found | None, services: Services) -> bool:
    """Remove an outbox document for an erased user; return whether it was for one.

    It would outlive the tombstone, or leave a record under a uid that holds nothing any more.
    """
    if recipient is None or recipient[0].erased_at is None:
        return False
    services.outbox.remove(document)
    return True


def _clear_up(claim: Delivery, content: Stored, services: Services) -> None:
    """See to an outbox document that cannot be claimed, where it is still there, or there again.

    It stays while its delivery needs it. It goes when it was delivered before: then a commit was
    repeated after its answer was lost. When the inbox has another one of that id, it is kept for
    people to see, so that neither is lost.

    **Cost:** 1 read; 1 or 2 more, and 1 write or delete, when it is there.
    """
    document = services.outbox.read(claim.notification_id)
    if document is None:
        return
    found = services.store.read_delivery(claim.id)
    if found is not None and found[0].source == "outbox":
        if lifecycle.frees_outbox(found[0]):
            services.outbox.remove(document)
        return
    inbox = services.store.read_inbox(claim.uid, claim.notification_id)
    if found is not None and (inbox is None or _said(inbox) == _said(content)):
        services.outbox.remove(document)
        return
    services.outbox.set_aside(document, now=services.clock())
    log.outbox_rejected(document.id, "id")


def _inbox_document(content: Stored, now: datetime) -> dict[str, Any]:
    """Return the complete inbox document of an outbox document: it needs no stamp."""
    return {**_said(content), "createdAt": now, "readAt": None, "archivedAt": None}


def _said(content: Stored) -> dict[str, Any]:
    return {name: content.data[name] for name in schema.CONTENT_FIELDS if name in content.data}


def _stored(document: Stored, inbox_document: dict[str, Any], version: datetime) -> Stored:
    return Stored(id=document.id, data=inbox_document, created_at=version, version=version)


def _uid(document: Stored) -> str:
    """Return what of the document's uid the record of its rejection can hold."""
    uid = document.data.get("uid")
    return uid[: schema.MAX_UID_CHARS] if isinstance(uid, str) else ""
