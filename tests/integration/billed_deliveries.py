"""What a delivery costs, from its event to its end, and what the sweep does."""

from datetime import timedelta

from firebell import http, outbox
from firebell.core import lifecycle, schema
from tests.integration.api import bearer
from tests.integration.billed import Act, costs
from tests.integration.scene import A_RUN, TEXT, Scene, complete, stored


@costs("first attempt, complete document", reads=1, writes=2)
def first_attempt(scene: Scene) -> Act:
    scene.device()
    snapshot = scene.inbox(complete())
    return lambda: scene.event(snapshot)


@costs("first attempt, twenty devices", reads=1, writes=2)
def twenty_devices(scene: Scene) -> Act:
    for _ in range(schema.MAX_DEVICES):
        scene.device("web")
    snapshot = scene.inbox(complete())
    return lambda: scene.event(snapshot)


@costs("first attempt, bare document", reads=1, writes=3)
def bare(scene: Scene) -> Act:
    scene.device()
    snapshot = scene.inbox({"message": TEXT})
    return lambda: scene.event(snapshot)


@costs("bare document, changed before its stamp", reads=2, writes=3)
def bare_and_changed(scene: Scene) -> Act:
    scene.device()
    snapshot = scene.inbox({"message": TEXT})
    scene.inbox_reference().update({"seenAt": scene.clock.now})
    return lambda: scene.event(snapshot)


@costs("bare document, deleted before its stamp", reads=2, writes=2)
def bare_and_deleted(scene: Scene) -> Act:
    scene.device()
    snapshot = scene.inbox({"message": TEXT})
    scene.inbox_reference().delete()
    return lambda: scene.event(snapshot)


@costs("user without devices", reads=1, writes=2)
def no_recipient(scene: Scene) -> Act:
    snapshot = scene.inbox(complete())
    return lambda: scene.event(snapshot)


@costs("document that is refused", writes=2)
def refused(scene: Scene) -> Act:
    snapshot = scene.inbox(complete(title=7))
    return lambda: scene.event(snapshot)


@costs("event that comes again, complete document", reads=1)
def repeated_event(scene: Scene) -> Act:
    scene.device()
    snapshot = scene.inbox(complete())
    scene.event(snapshot)
    return lambda: scene.event(snapshot)


@costs("event that comes again, bare document", reads=2)
def repeated_bare_event(scene: Scene) -> Act:
    scene.device()
    snapshot = scene.inbox({"message": TEXT})
    scene.event(snapshot)
    return lambda: scene.event(snapshot)


@costs("retry", reads=3, writes=2)
def retry(scene: Scene) -> Act:
    scene.device()
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    due = scene.deliver(complete())["dueAt"]
    scene.clock.now = due
    return scene.again


@costs("task that comes early, or for what is done", reads=1)
def early(scene: Scene) -> Act:
    scene.device()
    scene.deliver(complete())
    return scene.again


@costs("lease that ran out, taken over", reads=3, writes=2)
def taken_over(scene: Scene) -> Act:
    scene.device()
    scene.inbox(complete())
    claim = lifecycle.claim(scene.uid, "n1", source="inbox", now=scene.clock.now)
    scene.services.store.claim(claim)
    scene.clock.pass_s(schema.LEASE_S + 1)
    return scene.again


@costs("outbox, for the inbox", reads=1, writes=3, deletes=1)
def outbox_at_once(scene: Scene) -> Act:
    scene.device()
    document = stored(scene.outbox({"uid": scene.uid, "body": TEXT}))
    return lambda: outbox.accept(document, scene.services)


@costs("outbox: the event of the inbox document it made", reads=1)
def outbox_inbox_event(scene: Scene) -> Act:
    outbox_at_once(scene)()
    copy = scene.inbox_reference().get()
    return lambda: scene.event(copy)


@costs("outbox, not for the inbox", reads=1, writes=2, deletes=1)
def outbox_alone(scene: Scene) -> Act:
    scene.device()
    document = stored(scene.outbox({"uid": scene.uid, "body": TEXT, "inbox": False}))
    return lambda: outbox.accept(document, scene.services)


@costs("outbox, scheduled: accepted", reads=1, writes=1)
def scheduled(scene: Scene) -> Act:
    send_at = scene.clock.now + timedelta(hours=1)
    document = stored(scene.outbox({"uid": scene.uid, "body": TEXT, "sendAt": send_at}))
    return lambda: outbox.accept(document, scene.services)


@costs("outbox, scheduled: delivered when due", reads=2, writes=3, deletes=1)
def scheduled_and_due(scene: Scene) -> Act:
    scene.device()
    scheduled(scene)()
    scene.clock.pass_s(3600)
    return lambda: outbox.deliver_task({"kind": "outbox", "id": "n1"}, scene.services)


@costs("sweep, nothing due", reads=2)
def idle_sweep(scene: Scene) -> Act:
    return lambda: outbox.sweep(scene.services)


@costs("sweep, three deliveries due", reads=4)
def sweep(scene: Scene) -> Act:
    for number in range(3):
        claim = lifecycle.claim(scene.uid, f"n{number}", source="inbox", now=scene.clock.now)
        scene.services.store.claim(claim)
    scene.clock.pass_s(schema.LEASE_S + 1)
    return lambda: outbox.sweep(scene.services)


@costs("sweep, three deliveries due, sending paused")
def paused_sweep(scene: Scene) -> Act:
    act = sweep(scene)
    scene.client.document("config/runtime").set({"sendingPaused": True})
    return act


@costs("outbox: the event comes again", reads=3)
def outbox_event_again(scene: Scene) -> Act:
    scene.device()
    document = stored(scene.outbox({"uid": scene.uid, "body": TEXT}))
    outbox.accept(document, scene.services)
    return lambda: outbox.accept(document, scene.services)


@costs("outbox document that is refused", writes=2)
def outbox_refused(scene: Scene) -> Act:
    document = stored(scene.outbox({"uid": scene.uid, "body": 7}))
    return lambda: outbox.accept(document, scene.services)


@costs("outbox document that is refused when due", reads=1, writes=2)
def outbox_refused_when_due(scene: Scene) -> Act:
    fields = {"uid": scene.uid, "body": 7, "dueAt": scene.clock.now, "dueShard": 1}
    scene.outbox(fields)
    return lambda: outbox.deliver_task({"kind": "outbox", "id": "n1"}, scene.services)


@costs("outbox, not for the inbox, and nobody could be reached", reads=1, writes=3)
def outbox_kept(scene: Scene) -> Act:
    scene.device()
    scene.emulator.fault("SENDER_ID_MISMATCH")
    document = stored(scene.outbox({"uid": scene.uid, "body": TEXT, "inbox": False}))
    return lambda: outbox.accept(document, scene.services)


@costs("HTTP API: one notification accepted", writes=1)
def http_send(scene: Scene) -> Act:
    client = http.create_app(scene.services).test_client()
    headers = bearer(scene, senderUntil=int(scene.clock.now.timestamp()) + 60)
    body = {"uid": scene.uid, "notification": {"body": TEXT}}
    scene.services.permits.take("user:backend", uid="backend", now=scene.clock.now)
    return lambda: client.post("/v1/notifications", json=body, headers=headers)


@costs("HTTP API: first of each 30 calls of a caller in a minute and instance, more", writes=1)
def http_calls(scene: Scene) -> Act:
    def act() -> None:
        for _ in range(30):
            scene.services.permits.take("user:backend", uid="backend", now=scene.clock.now)

    return act


@costs("HTTP API: one notification with an Idempotency-Key", writes=2)
def http_send_with_key(scene: Scene) -> Act:
    return _sending_with_key(scene)


@costs("HTTP API: the same again", reads=1)
def http_send_again(scene: Scene) -> Act:
    send = _sending_with_key(scene)
    send()
    return send


@costs("HTTP API: a delivery explained", reads=1)
def http_explain(scene: Scene) -> Act:
    scene.deliver(complete())
    client = http.create_app(scene.services).test_client()
    headers = bearer(scene, senderUntil=int(scene.clock.now.timestamp()) + 60)
    scene.services.permits.take("user:backend", uid="backend", now=scene.clock.now)
    path = f"/v1/deliveries/{scene.delivery_reference().id}"
    return lambda: client.get(path, headers=headers)


def _sending_with_key(scene: Scene) -> Act:
    client = http.create_app(scene.services).test_client()
    headers = bearer(scene, senderUntil=int(scene.clock.now.timestamp()) + 60)
    scene.services.permits.take("user:backend", uid="backend", now=scene.clock.now)
    body = {"uid": scene.uid, "notification": {"body": TEXT}}
    keyed = {**headers, "Idempotency-Key": "order 17, shipped"}
    return lambda: client.post("/v1/notifications", json=body, headers=keyed)
