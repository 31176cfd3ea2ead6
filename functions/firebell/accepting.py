"""Accept what the API is asked to send: documents that do the sending, each created once."""

import contextlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from firebell.core import send_request
from firebell.core.model import AcceptedRequest
from firebell.core.send_request import Item, SendRequest
from firebell.errors import Conflict, InvalidRequest, Unavailable
from firebell.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """What makes a request repeatable: its caller, its Idempotency-Key, and what it asks."""

    caller: str
    key: str
    body_hash: str


def accept(
    request: SendRequest, services: Services, *, repeatable: Repeatable | None
) -> dict[str, str]:
    """Create the outbox documents of *request*; return each notification's id by uid.

    With a key, a repeat gets the same answer and creates what an earlier call did not get to.

    Raises:
        InvalidRequest: Its template does not exist or lacks something.
        Conflict: The key was used for another request.
        Unavailable: Firestore cannot serve now.

    **Cost:** 1 write for each user; with a key 1 write more for each 200 users or 4 MiB, and for
    what is done already 1 read alone. A template: 1 read per 5 minutes and instance.

    """
    if repeatable is None:
        _require_template(request, services)
        seed = uuid.uuid4().hex
        written = 0
        while written < len(request.items):
            batch = send_request.next_batch(request, written)
            with _checked(is_first=not written):
                services.requests.create(_documents(request, batch, seed, services))
            written += len(batch)
    else:
        seed = _accept_once(request, repeatable, services)
    return {item.uid: send_request.notification_id(seed, item.uid) for item in request.items}


def _accept_once(request: SendRequest, repeatable: Repeatable, services: Services) -> str:
    """Bring the request behind the key to its end, from wherever it is; return its seed.

    Each commit creates documents and counts them in the same step, so nobody creates one twice,
    however often and from how many instances the request comes.
    """
    current = _fresh(request, repeatable, services)
    version = None
    try:
        _require_template(request, services)
    except InvalidRequest:
        # What was accepted under the key stays accepted, whatever became of the template.
        if services.requests.read(current.id) is None:
            raise
    while not current.is_done:
        batch = send_request.next_batch(request, current.written)
        advanced = replace(current, written=current.written + len(batch))
        documents = _documents(request, batch, current.seed, services)
        with _checked(is_first=not current.written):
            version = services.requests.advance(advanced, version, documents)
        if version is not None:
            current = advanced
            continue
        found = services.requests.read(current.id)
        if found is None:
            raise Unavailable("Firestore")
        current, version = found
        if current.body_hash != repeatable.body_hash:
            raise Conflict("Idempotency-Key", "was used for another request; choose a new one")
    return current.seed


@contextlib.contextmanager
def _checked(*, is_first: bool) -> Iterator[None]:
    """Let Firestore refuse documents for the caller's fault only while none is written."""
    try:
        yield
    except InvalidRequest as error:
        if is_first:
            raise
        raise RuntimeError("Firestore refused a part of what was checked whole") from error


def _fresh(request: SendRequest, repeatable: Repeatable, services: Services) -> AcceptedRequest:
    return AcceptedRequest(
        id=send_request.request_id(repeatable.caller, repeatable.key),
        caller=send_request.caller_hash(repeatable.caller),
        body_hash=repeatable.body_hash,
        seed=uuid.uuid4().hex,
        created_at=services.clock(),
        count=len(request.items),
    )


def _require_template(request: SendRequest, services: Services) -> None:
    if request.template is not None:
        template = services.reference.template(request.template, services.clock())
        send_request.require_deliverable(request, template)


def _documents(
    request: SendRequest, batch: Sequence[Item], seed: str, services: Services
) -> dict[str, Mapping[str, Any]]:
    """Return the next documents by id; one for later is due work from the first."""
    is_later = request.send_at is not None and request.send_at > services.clock()
    due = {"dueAt": request.send_at} if is_later else {}
    return {
        send_request.notification_id(seed, item.uid): {
            **send_request.document(request, item),
            **due,
        }
        for item in batch
    }
