"""What topics cost: joining, leaving, devices that come, move and go."""

from firebell import registration
from tests.integration.billed import Act, costs
from tests.integration.scene import Phone, Scene
from tests.integration.subscriptions import subscribe, unsubscribe


@costs("topic joined, one device", reads=3, writes=3, deletes=1)
def joined(scene: Scene) -> Act:
    scene.device("ios")
    return lambda: subscribe(scene, "public-news")


@costs("topic joined, twenty devices", reads=3, writes=3, deletes=1)
def joined_by_many(scene: Scene) -> Act:
    for _ in range(20):
        scene.device("ios")
    return lambda: subscribe(scene, "public-news")


@costs("topic joined, no device yet", reads=1, writes=1)
def joined_by_none(scene: Scene) -> Act:
    return lambda: subscribe(scene, "public-news")


@costs("topic joined again", reads=1)
def joined_again(scene: Scene) -> Act:
    scene.device("ios")
    subscribe(scene, "public-news")
    return lambda: subscribe(scene, "public-news")


@costs("topic left, one device", reads=3, writes=3, deletes=1)
def left(scene: Scene) -> Act:
    scene.device("ios")
    subscribe(scene, "public-news")
    return lambda: unsubscribe(scene, "public-news")


def _register(scene: Scene, phone: Phone, *, uid: str | None = None) -> Act:
    return lambda: scene.register(phone.target, phone.platform, uid=uid)


def _known_to_fcm(scene: Scene) -> Phone:
    """Return a device that FCM knows, and Firebell no longer."""
    phone = scene.device("ios")
    target = {"kind": phone.target.kind, "value": phone.target.value}
    registration.unregister_device(scene.uid, {"target": target}, scene.services)
    return phone


@costs("register a device, FID, of a user in topics", reads=4, writes=4, deletes=1)
def registered(scene: Scene) -> Act:
    phone = _known_to_fcm(scene)
    subscribe(scene, "public-news")
    return _register(scene, phone)


@costs("register a device, FID, of another user in topics", reads=5, writes=5, deletes=1)
def moved(scene: Scene) -> Act:
    phone = scene.device("ios", uid="grace")
    subscribe(scene, "public-news", uid="grace")
    return _register(scene, phone)


@costs("unregister a device, FID, that is in topics", reads=5, writes=2, deletes=2)
def unregistered(scene: Scene) -> Act:
    phone = scene.device("ios")
    subscribe(scene, "public-news")
    body = {"target": {"kind": "fid", "value": phone.target.value}}
    return lambda: registration.unregister_device(scene.uid, body, scene.services)
