"""What it costs to export and to erase a user."""

from firebell import erasing, exporting, outbox
from firebell.core import erasure, schema
from tests.integration.billed import Act, costs
from tests.integration.scene import Scene, complete


def _use(scene: Scene) -> None:
    """Have two targets, a recipient, and one document each of inbox, settings and deliveries."""
    scene.device()
    scene.deliver(complete())
    scene.settings({"locale": "de"})


def _erase(scene: Scene) -> None:
    erasing.erase(scene.uid, auth=False, services=scene.services)


@costs("export of a user nobody knows", reads=11)
def export_nobody(scene: Scene) -> Act:
    return lambda: exporting.export_user(scene.uid, None, scene.services)


@costs("export of a user with six documents", reads=12)
def export_user(scene: Scene) -> Act:
    _use(scene)
    return lambda: exporting.export_user(scene.uid, None, scene.services)


@costs("erasure of a user nobody knows", reads=11, writes=4, deletes=1)
def erase_nobody(scene: Scene) -> Act:
    return lambda: _erase(scene)


@costs("erasure of a user with six documents", reads=12, writes=4, deletes=5)
def erase_user(scene: Scene) -> Act:
    _use(scene)
    return lambda: _erase(scene)


@costs("erasure: the last look, two minutes later", reads=11, deletes=2)
def erase_again(scene: Scene) -> Act:
    _erase(scene)
    scene.clock.pass_s(schema.ERASE_AGAIN_AFTER_S)
    task = {"kind": "outbox", "id": erasure.errand_id(scene.uid)}
    return lambda: outbox.deliver_task(task, scene.services)


@costs("tombstone lifted", reads=2, deletes=2)
def lift(scene: Scene) -> Act:
    erase_again(scene)()
    return lambda: scene.services.tombstones.lift(scene.uid)
