"""Contents page of the deployment: every function, its trigger, and where its work is done.

No classes here (discovery runs this file without registering it as a module), and no function is
declared anywhere else (discovery deploys every one it finds among this module's members).
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from firebase_functions import firestore_fn, https_fn, options, scheduler_fn, tasks_fn

from firebell import (
    app,
    config,
    database,
    delivery,
    errors,
    http,
    log,
    outbox,
    registration,
    services,
)

F = TypeVar("F", bound=Callable[..., Any])

app.get()

# One request waits for Firestore and FCM most of its time, so an instance takes several; THREADS in
# .env is the number of gunicorn's threads and must be the same (tests/contract holds them
# together).
options.set_global_options(
    region=config.REGION,
    service_account=config.RUNTIME_ACCOUNT,
    cpu=1,
    concurrency=8,
    memory=options.MemoryOption.MB_512,
    timeout_sec=60,
)


def _retried(trigger: F) -> F:
    """Have the platform deliver an event again when *trigger* raised.

    firebase-functions 0.6.0 offers no such argument on Firestore triggers and writes false into the
    manifest; this goes when it does.
    """
    trigger.__firebase_endpoint__.eventTrigger["retry"] = True  # type: ignore[attr-defined] # set by the decorator
    return trigger


def _params(event: firestore_fn.Event[Any]) -> dict[str, str]:
    """Return the ids in the path of *event*'s document as they are in Firestore.

    They come in an HTTP header as UTF-8, and WSGI reads headers as Latin-1: firebase-functions
    0.6.0 gives "Ã©" for "é" (firebase-functions-python #220). This goes when it does not.
    """
    return {name: _utf_8(value) for name, value in event.params.items()}


def _utf_8(header: str) -> str:
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


@contextlib.contextmanager
def _background(function: str) -> Iterator[None]:
    """Let `Unavailable` out, which asks for the same event again; repeating cannot help any other
    error of ours.
    """
    try:
        yield
    except errors.FirebellError as error:
        log.function_failed(function, type(error).__name__)
        if isinstance(error, errors.Unavailable):
            raise


@contextlib.contextmanager
def _callable(request: https_fn.CallableRequest[Any]) -> Iterator[str]:
    """Give the caller's uid, and turn our errors into the callable protocol's."""
    try:
        if request.auth is None or not request.auth.uid:
            raise errors.Unauthenticated("sign in first")
        yield request.auth.uid
    except errors.FirebellError as error:
        code, _ = errors.CANONICAL[type(error)]
        details = {"field": error.field} if isinstance(error, errors.InvalidRequest) else None
        raise https_fn.HttpsError(https_fn.FunctionsErrorCode[code], str(error), details) from error


@_retried
@firestore_fn.on_document_created(
    document="app-notifications/{uid}/user-notifications/{id}", database=config.DATABASE
)
def on_notification_created(event: firestore_fn.Event[Any]) -> None:
    """Deliver a notification that somebody put into a user's inbox."""
    params = _params(event)
    document = database.stored(event.data, id=params["id"])
    if document is not None:
        with _background("on_notification_created"):
            delivery.deliver_inbox(params["uid"], document, services.get())


@_retried
@firestore_fn.on_document_created(document="outbox/{id}", database=config.DATABASE)
def on_outbox_created(event: firestore_fn.Event[Any]) -> None:
    """Deliver an outbox document at once, or schedule it."""
    document = database.stored(event.data, id=_params(event)["id"])
    if document is not None:
        with _background("on_outbox_created"):
            outbox.accept(document, services.get())


@tasks_fn.on_task_dispatched(
    retry_config=options.RetryConfig(max_attempts=3, min_backoff_seconds=5),
    rate_limits=options.RateLimits(max_concurrent_dispatches=50, max_dispatches_per_second=100),
)
def deliver(request: tasks_fn.CallableRequest[Any]) -> None:
    """Try one delivery again, or deliver one outbox document whose time has come."""
    with _background("deliver"):
        outbox.deliver_task(request.data, services.get())


@scheduler_fn.on_schedule(schedule="* * * * *")
def sweep(event: scheduler_fn.ScheduledEvent) -> None:
    """Hand everything that is due to `deliver`, every minute."""
    with _background("sweep"):
        outbox.sweep(services.get())


@https_fn.on_request()
def api(request: https_fn.Request) -> https_fn.Response:
    """Serve the HTTP API: `POST /v1/notifications`."""
    return http.respond(request, services.get())


@https_fn.on_call()
def register_device(request: https_fn.CallableRequest[Any]) -> dict[str, str]:
    """Make a device one of the caller's."""
    with _callable(request) as uid:
        return registration.register_device(uid, request.data, services.get())


@https_fn.on_call()
def unregister_device(request: https_fn.CallableRequest[Any]) -> dict[str, bool]:
    """Remove one of the caller's devices."""
    with _callable(request) as uid:
        return registration.unregister_device(uid, request.data, services.get())
