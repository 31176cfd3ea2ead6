"""What is done, and what Google bills for it: each figure that DESIGN and docstrings promise."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from firebell import clearing, outbox, registration
from firebell.core import lifecycle, schema
from tests.integration.bill import Bill, Meter
from tests.integration.scene import A_RUN, TEXT, Scene, complete, stored

Act: TypeAlias = Callable[[], object]
Prepare: TypeAlias = Callable[[Scene], Act]
"""Sets the scene, and returns what is to be billed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the bill."""

    title: str
    prepare: Prepare
    bill: Bill


CASES: list[Case] = []


def costs(
    title: str, *, reads: int = 0, writes: int = 0, deletes: int = 0
) -> Callable[[Prepare], Prepare]:
    """Say what the decorated case costs."""

    def add(prepare: Prepare) -> Prepare:
        bill = Bill(reads=reads, writes=writes, deletes=deletes)
        CASES.append(Case(title=title, prepare=prepare, bill=bill))
        return prepare

    return add


def bill_of(case: Case, scene: Scene, meter: Meter) -> Bill:
    """Set the scene, and count what the case then costs an instance that is warm."""
    act = case.prepare(scene)
    scene.services.reference.runtime(scene.clock.now)
    return meter.bill_of(act)


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


@costs('badge "unread", up to 1,000 unread', reads=2, writes=2)
def badge(scene: Scene) -> Act:
    scene.device("ios")
    snapshot = scene.inbox(complete(badge="unread"))
    return lambda: scene.event(snapshot)


@costs('badge "unread", 1,001 unread', reads=3, writes=2)
def large_badge(scene: Scene) -> Act:
    scene.device("ios")
    for start in range(0, 1000, 500):
        batch = scene.client.batch()
        for number in range(start, start + 500):
            batch.create(scene.inbox_reference(f"old{number}"), {"readAt": None})
        batch.commit()
    snapshot = scene.inbox(complete(badge="unread"))
    return lambda: scene.event(snapshot)


@costs("device gone, FID", reads=1, writes=3, deletes=1)
def gone(scene: Scene) -> Act:
    phone = scene.device("ios")
    scene.emulator.unregister(phone.target)
    snapshot = scene.inbox(complete())
    return lambda: scene.event(snapshot)


@costs("device gone, legacy token", reads=1, writes=3, deletes=2)
def gone_legacy(scene: Scene) -> Act:
    phone = scene.device("android")
    scene.emulator.unregister(phone.target)
    snapshot = scene.inbox(complete())
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


@costs("outbox, scheduled: accepted", writes=1)
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


def _registration(scene: Scene, value: str, *, uid: str | None = None) -> Act:
    target = {"kind": "fid" if len(value) == 22 else "legacyToken", "value": value}
    body = {"target": target, "platform": "android"}
    return lambda: registration.register_device(uid or scene.uid, body, scene.services)


FID = "c" + "a" * 21
LEGACY_TOKEN = f"{FID}:{'b' * 60}"


@costs("register a device, FID", reads=2, writes=2)
def register_fid(scene: Scene) -> Act:
    return _registration(scene, FID)


@costs("register a device, legacy token", reads=3, writes=3)
def register_legacy(scene: Scene) -> Act:
    return _registration(scene, LEGACY_TOKEN)


@costs("register an unchanged device within a day", reads=2)
def register_unchanged(scene: Scene) -> Act:
    _registration(scene, FID)()
    return _registration(scene, FID)


@costs("register a device that was another user's", reads=3, writes=3)
def register_moved(scene: Scene) -> Act:
    _registration(scene, FID, uid="grace")()
    return _registration(scene, FID)


@costs("register the FID of an installation that had a legacy token", reads=2, writes=2, deletes=1)
def register_replaced(scene: Scene) -> Act:
    _registration(scene, LEGACY_TOKEN)()
    return _registration(scene, FID)


@costs("unregister a device, FID", reads=1, writes=1, deletes=1)
def unregister(scene: Scene) -> Act:
    _registration(scene, FID)()
    body = {"target": {"kind": "fid", "value": FID}}
    return lambda: registration.unregister_device(scene.uid, body, scene.services)


def _after_change(scene: Scene, *names: str, **fields: object) -> Act:
    """Return the handling of the events of *fields*' change in notifications *names*."""
    changes = []
    for name in names:
        reference = scene.inbox_reference(name)
        before = stored(reference.get())
        reference.update(fields)
        changes.append((before, stored(reference.get())))

    def handle() -> None:
        for change in changes:
            clearing.note_read(scene.uid, *change, scene.services)

    return handle


@costs("notification read, which a phone was sent", reads=1, writes=1)
def read(scene: Scene) -> Act:
    scene.device()
    scene.deliver(complete())
    return _after_change(scene, "n1", readAt=scene.clock.now)


@costs("notification read, which browsers alone were sent", reads=1)
def read_in_browsers(scene: Scene) -> Act:
    scene.device("web")
    scene.deliver(complete())
    return _after_change(scene, "n1", readAt=scene.clock.now)


@costs("notification seen, stamped, or read again")
def seen(scene: Scene) -> Act:
    scene.device()
    scene.deliver(complete(readAt=scene.clock.now))
    return _after_change(scene, "n1", seenAt=scene.clock.now, readAt=scene.clock.now)


def _errand(scene: Scene, *names: str) -> Act:
    """Return the task that tells the user's phones that *names* were read."""
    for name in names:
        scene.deliver(complete(), id=name)
    _after_change(scene, *names, readAt=scene.clock.now)()
    (errand,) = scene.client.collection("outbox").stream()
    scene.clock.pass_s(schema.CLEAR_WINDOW_S)
    return lambda: outbox.deliver_task({"kind": "outbox", "id": errand.id}, scene.services)


@costs("reads of 5 s told to Android phones", reads=2, deletes=1)
def clear_android(scene: Scene) -> Act:
    scene.device()
    return _errand(scene, *(f"n{number}" for number in range(20)))


@costs("reads of 5 s told to iPhones, which are woken", reads=3, writes=1, deletes=1)
def clear_ios(scene: Scene) -> Act:
    scene.device("ios")
    return _errand(scene, "n1")


@costs("reads of 5 s told to iPhones woken within half an hour", reads=3, deletes=1)
def clear_woken(scene: Scene) -> Act:
    scene.device("ios")
    _errand(scene, "n1")()
    return _errand(scene, "n2")


@costs("stop switch, once in 30 s and instance", reads=1)
def runtime(scene: Scene) -> Act:
    later = scene.clock.now + timedelta(seconds=31)
    return lambda: scene.services.reference.runtime(later)


@costs("template, once in 5 min and instance", reads=1)
def template(scene: Scene) -> Act:
    return lambda: scene.services.reference.template("welcome", scene.clock.now)
