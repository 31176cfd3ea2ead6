"""Complete an inbox document: what ordered queries need, and what its template says."""

from firebell.core import stamps
from firebell.database import Stored
from firebell.errors import InvalidRequest
from firebell.services import Services
from firebell.templating import completed


def stamp(uid: str, document: Stored, services: Services) -> None:
    """Give *document* in *uid*'s inbox the times that queries need, and its template's content.

    One that changed meanwhile is read again; one that was deleted stays deleted.

    Raises:
        Unavailable: Firestore cannot serve now.

    **Cost:** nothing when complete, else 1 write; 1 read more each time it changed.

    """
    found: Stored | None = document
    while found is not None:
        changes, removed = stamps.needed(
            found.data, _content(found, services).data, created_at=found.created_at
        )
        if not changes and not removed:
            return
        if services.store.update_inbox(uid, found, changes, removed=removed):
            return
        found = services.store.read_inbox(uid, document.id)


def _content(document: Stored, services: Services) -> Stored:
    try:
        return completed(document, services)
    except InvalidRequest:  # it changed into one that nobody can complete
        return document
