"""What a door does around its work: ids of an event, the uid of a caller, errors as answers.

Only `main` uses it. It knows firebase-functions; it does none of the work.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from firebase_functions import firestore_fn, https_fn

from firebell import database, errors, log, services
from firebell.database import Stored

F = TypeVar("F", bound=Callable[..., Any])


def retried(trigger: F) -> F:
    """Have the platform deliver an event again when *trigger* raised.

    firebase-functions 0.6.0 offers no such argument on Firestore triggers and writes false into the
    manifest; this goes when it does.
    """
    endpoint = trigger.__firebase_endpoint__  # type: ignore[attr-defined] # set by the decorator
    endpoint.eventTrigger["retry"] = True
    return trigger


def params(event: firestore_fn.Event[Any]) -> dict[str, str]:
    """Return the ids in the path of *event*'s document as they are in Firestore.

    They come in an HTTP header as UTF-8, and WSGI reads headers as Latin-1: firebase-functions
    0.6.0 gives "Ã©" for "é" (firebase-functions-python #220). This goes when it does not.
    """
    return {name: _utf_8(value) for name, value in event.params.items()}


def document(event: firestore_fn.Event[Any]) -> Stored | None:
    """Return the document that *event* says was created."""
    return database.stored(event.data, id=params(event)["id"])


def change(event: firestore_fn.Event[Any]) -> tuple[Stored | None, Stored | None]:
    """Return the document that *event* says was written, as it was before and as it is after.

    None stands for no document: before it was created, after it was deleted.
    """
    id = _utf_8(event.document.rpartition("/")[2])
    before, after = (
        None if snapshot is None else database.stored(snapshot, id=id)
        for snapshot in (event.data.before, event.data.after)
    )
    return before, after


@contextlib.contextmanager
def background(function: str) -> Iterator[None]:
    """Let out of a background function what asks for the same event again.

    `Unavailable` passes, and a `Misconfigured` deployment is mended within the day that events are
    kept for. Repeating cannot help any other error of ours: it is logged, and the event done with.
    """
    try:
        yield
    except errors.FirebellError as error:
        log.function_failed(function, type(error).__name__)
        if isinstance(error, errors.Unavailable | errors.Misconfigured):
            raise


@contextlib.contextmanager
def signed_in(request: https_fn.CallableRequest[Any]) -> Iterator[str]:
    """Give the uid of a callable's caller, and turn our errors into the callable protocol's.

    Where the deployment enforces App Check, the call must also come from one of its apps. That is
    decided here because firebase-functions decides at deploy, and answers without a reason.
    """
    try:
        enforces_app_check = services.get().enforces_app_check
        if request.auth is None or not request.auth.uid:
            raise errors.Unauthenticated("sign in first")
        if enforces_app_check and request.app is None:
            raise errors.Unauthenticated("app_check: send a valid App Check token")
        yield request.auth.uid
    except errors.FirebellError as error:
        raise _https_error(error) from error


def _https_error(error: errors.FirebellError) -> https_fn.HttpsError:
    code = https_fn.FunctionsErrorCode[errors.CANONICAL[type(error)][0]]
    if code is https_fn.FunctionsErrorCode.INTERNAL:
        log.function_failed("callable", type(error).__name__)
        return https_fn.HttpsError(code, "this deployment is misconfigured")
    return https_fn.HttpsError(code, str(error), _details(error))


def _details(error: errors.FirebellError) -> dict[str, Any] | None:
    """Return what a client's code may decide on, beside the canonical code."""
    match error:
        case errors.InvalidRequest() | errors.Conflict():
            return {"field": error.field}
        case errors.NotAllowed():
            return {"reason": error.reason}
        case errors.LimitReached():
            return {"retryAfterSeconds": error.retry_after_s}
        case _:
            return None


def _utf_8(header: str) -> str:
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header
