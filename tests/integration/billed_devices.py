"""What devices cost: registering, leaving, going, being doubted and pruned."""

import json
from functools import partial

from firebell import importing, outbox, pruning, registration
from tests.integration.billed import Act, costs
from tests.integration.scene import Scene, complete
from tests.integration.senders import ThenDo, with_sender

DAY_S = 86_400
FID = "c" + "a" * 21
LEGACY_TOKEN = f"{FID}:{'b' * 60}"


def _registration(scene: Scene, value: str, *, uid: str | None = None) -> Act:
    target = {"kind": "fid" if len(value) == 22 else "legacyToken", "value": value}
    body = {"target": target, "platform": "android"}
    return lambda: registration.register_device(uid or scene.uid, body, scene.services)


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


def _import(scene: Scene, value: str, *, compares: bool = False, **fields: object) -> Act:
    target = {"kind": "fid" if len(value) == 22 else "legacyToken", "value": value}
    line = {"uid": scene.uid, "target": target, "platform": "android", **fields}
    lines = [(1, json.dumps(line).encode())]
    return lambda: list(importing.import_devices(lines, scene.services, compares=compares))


@costs("import a device, FID", reads=2, writes=2)
def import_fid(scene: Scene) -> Act:
    return _import(scene, FID)


@costs("import a device, legacy token", reads=3, writes=3)
def import_legacy(scene: Scene) -> Act:
    return _import(scene, LEGACY_TOKEN)


@costs("import a device that is known, legacy token", reads=2)
def import_known(scene: Scene) -> Act:
    _registration(scene, LEGACY_TOKEN)()
    return _import(scene, LEGACY_TOKEN)


@costs("import a device that is known, legacy token, compared", reads=3)
def import_compared(scene: Scene) -> Act:
    _registration(scene, LEGACY_TOKEN)()
    return _import(scene, LEGACY_TOKEN, compares=True)


@costs("import a newer legacy token of an imported device", reads=3, writes=2, deletes=1)
def import_newer(scene: Scene) -> Act:
    _import(scene, LEGACY_TOKEN, createdAt="2025-01-01T00:00:00Z")()
    return _import(scene, f"{FID}:{'c' * 60}", createdAt="2026-01-01T00:00:00Z")


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


@costs("device gone, FID, while another one registers", reads=2, writes=3, deletes=1)
def gone_meanwhile(scene: Scene) -> Act:
    phone = scene.device("ios")
    scene.emulator.unregister(phone.target)
    snapshot = scene.inbox(complete())
    recipient = scene.client.document("recipients", scene.uid)
    change = partial(recipient.update, {"timezone": "UTC"})
    sender = ThenDo(sender=scene.services.fcm, then=change)
    return lambda: with_sender(scene, sender).event(snapshot)


def _doubt(scene: Scene) -> None:
    """Let FCM refuse a device's target once, and be asked again in an hour."""
    phone = scene.device("ios")
    scene.emulator.fault("INVALID_ARGUMENT", target=phone.target, times=1)
    scene.deliver(complete())
    scene.clock.pass_s(DAY_S)


def _errand(scene: Scene) -> Act:
    (errand,) = scene.client.collection("outbox").stream()
    return lambda: outbox.deliver_task({"kind": "outbox", "id": errand.id}, scene.services)


@costs("device whose target FCM doubts", reads=1, writes=4)
def doubted(scene: Scene) -> Act:
    phone = scene.device("ios")
    scene.emulator.fault("INVALID_ARGUMENT", target=phone.target, times=1)
    snapshot = scene.inbox(complete())
    return lambda: scene.event(snapshot)


@costs("doubted device: FCM takes it after all", reads=2, writes=1, deletes=1)
def restored(scene: Scene) -> Act:
    _doubt(scene)
    return _errand(scene)


@costs("doubted device, FID: FCM refuses it again", reads=2, writes=1, deletes=2)
def removed(scene: Scene) -> Act:
    _doubt(scene)
    scene.emulator.fault("INVALID_ARGUMENT")
    return _errand(scene)


@costs("pruning, nothing to remove", reads=1)
def idle_pruning(scene: Scene) -> Act:
    scene.device()
    return lambda: pruning.prune(scene.services)


@costs("pruning, two devices of two users, FID", reads=3, writes=2, deletes=2)
def pruned(scene: Scene) -> Act:
    for uid in ("ada", "grace"):
        scene.device("ios", uid=uid)
    scene.clock.pass_s(271 * DAY_S)
    return lambda: pruning.prune(scene.services)
