"""Which topics FCM has a device in, and what tests do to have that change."""

from typing import Any
from urllib.parse import quote

from fcm_emulator.targets import Target
from firebell import membership, outbox, registration
from firebell.core import membership as core_membership
from tests.integration.scene import Phone, Scene


def at_fcm(scene: Scene, target: Target) -> set[str]:
    """Return the topics that FCM has *target* in."""
    path = f"/registrations/{quote(target.value, safe='')}/topicSubscriptions"
    answer = scene.emulator.call("GET", path, api="/v1")
    return {entry["topicName"] for entry in answer.get("topicSubscriptions", [])}


def subscribe(scene: Scene, topic: str, *, uid: str | None = None) -> None:
    membership.subscribe(uid or scene.uid, {"topic": topic}, scene.services)


def unsubscribe(scene: Scene, topic: str, *, uid: str | None = None) -> None:
    membership.unsubscribe(uid or scene.uid, {"topic": topic}, scene.services)


def errand_of(scene: Scene, uid: str | None = None) -> dict[str, Any]:
    """Return the errand about a user's topics; empty when there is none."""
    id = core_membership.errand_id(uid or scene.uid)
    return scene.client.document("outbox", id).get().to_dict() or {}


def run_errand(scene: Scene, uid: str | None = None) -> None:
    """Handle the task for a user's errand once it is due, as the function does."""
    due_at = errand_of(scene, uid)["dueAt"]
    scene.clock.now = max(scene.clock.now, due_at)
    task = {"kind": "outbox", "id": core_membership.errand_id(uid or scene.uid)}
    outbox.deliver_task(task, scene.services)


def known(scene: Scene, uid: str | None = None) -> list[set[str]]:
    """Return the topics that each device of a user is noted to be in."""
    devices = scene.recipient(uid)["devices"].values()
    return [set(device.get("topics", [])) for device in devices]


def unregister(scene: Scene, phone: Phone) -> None:
    """Unregister *phone*, as its app does."""
    target = {"kind": phone.target.kind, "value": phone.target.value}
    registration.unregister_device(scene.uid, {"target": target}, scene.services)
