"""Errands: what functions leave in the outbox for later besides notifications, by its `kind`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from firebell import clearing, confirmation, erasing, log, membership
from firebell.core import clearing as core_clearing
from firebell.core import confirming, erasure
from firebell.core import membership as core_membership
from firebell.core.fields import Fields
from firebell.database import Stored
from firebell.errors import InvalidRequest
from firebell.services import Services

Errand: TypeAlias = Callable[[Stored, Services], None]

ERRANDS: Final[Mapping[str, Errand]] = {
    confirming.KIND: confirmation.confirm,
    core_clearing.KIND: clearing.clear,
    erasure.KIND: erasing.finish,
    core_membership.KIND: membership.settle,
}


def is_errand(document: Stored) -> bool:
    """Tell whether *document* is no notification, but something functions left for later."""
    return _errand(document) is not None


def run(document: Stored, services: Services) -> None:
    """Do the errand if it is due; one that makes no sense is set aside.

    Raises:
        Misconfigured: The functions may not delete Auth users.
        Unavailable: Firestore, or what the errand needs besides, cannot serve now.

    **Cost:** the errand's.

    """
    errand = _errand(document)
    try:
        if errand is not None and due_at(document, services) <= services.clock():
            errand(document, services)
    except InvalidRequest as error:
        services.outbox.set_aside(document, now=services.clock())
        log.outbox_rejected(document.id, error.field)


def erase_due(document_id: str, services: Services) -> None:
    """Run an erasure's errand if it is due; any other document is left alone.

    Raises:
        Misconfigured: The functions may not delete Auth users.
        Unavailable: Firestore or Firebase Auth cannot serve now.

    **Cost:** 1 read, then `erasing.finish`'s.

    """
    document = services.outbox.read(document_id)
    if document is not None and document.data.get("kind") == erasure.KIND:
        run(document, services)


def due_at(errand: Stored, services: Services) -> datetime:
    """Return when *errand* is to be done: now, if it does not say.

    Raises:
        InvalidRequest: Its `dueAt` is no time.

    """
    at = Fields(errand.data, known=errand.data).time("dueAt")
    return services.clock() if at is None else at


def _errand(document: Stored) -> Errand | None:
    kind = document.data.get("kind")
    return ERRANDS.get(kind) if isinstance(kind, str) else None
