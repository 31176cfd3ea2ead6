"""What it costs to clear on other devices what was read on one."""

from firebell import clearing, outbox
from firebell.core import schema
from tests.integration.billed import Act, costs
from tests.integration.scene import Scene, complete, stored


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
