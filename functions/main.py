"""Contents page of the deployment: every function, its trigger, and where its work is done.

No classes here (discovery runs this file without registering it as a module), and no function is
declared anywhere else (discovery deploys every one it finds among this module's members).
"""

from typing import Any

from firebase_functions import firestore_fn, https_fn, options, scheduler_fn, tasks_fn

from firebell import (
    app,
    clearing,
    config,
    delivery,
    entrance,
    log,
    membership,
    outbox,
    own_notifications,
    pruning,
    registration,
    services,
    settings,
)

app.get()
log.keep_contents_out()

# A request waits for Firestore and FCM most of its time, so an instance takes several. THREADS in
# .env is the number of gunicorn's threads and must be the same; tests/contract holds them together.
options.set_global_options(
    region=config.REGION,
    service_account=config.RUNTIME_ACCOUNT,
    cpu=1,
    concurrency=8,
    memory=options.MemoryOption.MB_512,
    timeout_sec=60,
)


@entrance.retried
@firestore_fn.on_document_created(
    document="app-notifications/{uid}/user-notifications/{id}", database=config.DATABASE
)
def on_notification_created(event: firestore_fn.Event[Any]) -> None:
    """Deliver a notification that somebody put into a user's inbox."""
    with entrance.background("on_notification_created"):
        if document := entrance.document(event):
            delivery.deliver_inbox(entrance.params(event)["uid"], document, services.get())


@entrance.retried
@firestore_fn.on_document_updated(
    document="app-notifications/{uid}/user-notifications/{id}", database=config.DATABASE
)
def on_notification_updated(event: firestore_fn.Event[Any]) -> None:
    """Have a notification that was just read cleared from the user's other devices."""
    with entrance.background("on_notification_updated"):
        before, after = entrance.change(event)
        if before and after:
            clearing.note_read(entrance.params(event)["uid"], before, after, services.get())


@entrance.retried
@firestore_fn.on_document_created(document="outbox/{id}", database=config.DATABASE)
def on_outbox_created(event: firestore_fn.Event[Any]) -> None:
    """Deliver an outbox document at once, or schedule it."""
    with entrance.background("on_outbox_created"):
        if document := entrance.document(event):
            outbox.accept(document, services.get())


@entrance.retried
@firestore_fn.on_document_written(document="app-notifications/{uid}", database=config.DATABASE)
def on_settings_written(event: firestore_fn.Event[Any]) -> None:
    """Copy a user's settings to where delivery reads them."""
    with entrance.background("on_settings_written"):
        before, after = entrance.change(event)
        settings.copy(entrance.params(event)["uid"], before, after, services.get())


@tasks_fn.on_task_dispatched(
    retry_config=options.RetryConfig(max_attempts=3, min_backoff_seconds=5),
    rate_limits=options.RateLimits(max_concurrent_dispatches=50, max_dispatches_per_second=100),
)
def deliver(request: tasks_fn.CallableRequest[Any]) -> None:
    """Try one delivery again, or deliver one outbox document whose time has come."""
    with entrance.background("deliver"):
        outbox.deliver_task(request.data, services.get())


@scheduler_fn.on_schedule(schedule="* * * * *")
def sweep(event: scheduler_fn.ScheduledEvent) -> None:
    """Hand everything that is due to `deliver`, every minute."""
    with entrance.background("sweep"):
        outbox.sweep(services.get())


@scheduler_fn.on_schedule(
    schedule="17 3 * * *", timezone=scheduler_fn.Timezone("Etc/UTC"), timeout_sec=540
)
def prune_devices(event: scheduler_fn.ScheduledEvent) -> None:
    """Remove devices that were not seen for REMOVE_DAYS, every night."""
    with entrance.background("prune_devices"):
        pruning.prune(services.get())


@https_fn.on_request()
def api(request: https_fn.Request) -> https_fn.Response:
    """Serve the HTTP API."""
    from firebell import http  # noqa: PLC0415 - an eighth of an import that the others do without

    return http.respond(request, services.get())


@https_fn.on_call()
def register_device(request: https_fn.CallableRequest[Any]) -> dict[str, str]:
    """Make a device one of the caller's."""
    with entrance.signed_in(request) as uid:
        return registration.register_device(uid, request.data, services.get())


@https_fn.on_call()
def unregister_device(request: https_fn.CallableRequest[Any]) -> dict[str, bool]:
    """Remove one of the caller's devices."""
    with entrance.signed_in(request) as uid:
        return registration.unregister_device(uid, request.data, services.get())


@https_fn.on_call()
def list_devices(request: https_fn.CallableRequest[Any]) -> dict[str, Any]:
    """Tell the caller which devices it has."""
    with entrance.signed_in(request) as uid:
        return registration.list_devices(uid, request.data, services.get())


@https_fn.on_call()
def subscribe(request: https_fn.CallableRequest[Any]) -> dict[str, Any]:
    """Have the caller's devices get what is sent to a topic."""
    with entrance.signed_in(request) as uid:
        return membership.subscribe(uid, request.data, services.get())


@https_fn.on_call()
def unsubscribe(request: https_fn.CallableRequest[Any]) -> dict[str, Any]:
    """Have none of the caller's devices get what is sent to a topic."""
    with entrance.signed_in(request) as uid:
        return membership.unsubscribe(uid, request.data, services.get())


@https_fn.on_call()
def send_test_notification(request: https_fn.CallableRequest[Any]) -> dict[str, str]:
    """Send the caller a notification of fixed words."""
    with entrance.signed_in(request) as uid:
        return own_notifications.send_test_notification(uid, request.data, services.get())


@https_fn.on_call()
def record_open(request: https_fn.CallableRequest[Any]) -> dict[str, str]:
    """Note that the caller opened one of its notifications."""
    with entrance.signed_in(request) as uid:
        return own_notifications.record_open(uid, request.data, services.get())
