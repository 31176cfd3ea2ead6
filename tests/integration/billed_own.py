"""What the callables cost that concern a user's own devices and notifications."""

from firebell import own_notifications, registration
from firebell.core import schema
from firebell.errors import LimitReached
from tests.integration.billed import Act, costs
from tests.integration.scene import Scene, complete


@costs("list the own devices", reads=1)
def listed(scene: Scene) -> Act:
    scene.device()
    return lambda: registration.list_devices(scene.uid, None, scene.services)


def _test(scene: Scene) -> Act:
    return lambda: own_notifications.send_test_notification(scene.uid, None, scene.services)


@costs("test notification: accepted", reads=1, writes=3)
def tested(scene: Scene) -> Act:
    return _test(scene)


@costs("test notification: more than ten in a minute", reads=1, writes=1)
def tested_too_often(scene: Scene) -> Act:
    for _ in range(schema.TESTS_PER_MINUTE):
        _test(scene)()

    def refused() -> None:
        try:
            _test(scene)()
        except LimitReached:
            return
        raise AssertionError("was not refused")

    return refused


def _open(scene: Scene) -> Act:
    body = {"notificationId": "n1"}
    return lambda: own_notifications.record_open(scene.uid, body, scene.services)


@costs("notification opened: recorded", reads=1, writes=1)
def opened(scene: Scene) -> Act:
    scene.inbox(complete())
    return _open(scene)


@costs("notification opened again", reads=1)
def opened_again(scene: Scene) -> Act:
    scene.inbox(complete())
    _open(scene)()
    return _open(scene)
