"""Users with something in every collection, put there by the product; and all a database holds."""

import dataclasses
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from google.cloud.firestore_v1 import Client, CollectionReference

from firebell import clearing, http
from firebell.core import schema
from tests.integration.api import PATH, bearer_of
from tests.integration.scene import Phone, Scene, Snapshot, complete, stored
from tests.integration.subscriptions import subscribe

TOPIC = "public-news"


def as_user(scene: Scene, uid: str) -> Scene:
    """Return *scene* about another user of its project."""
    return dataclasses.replace(scene, uid=uid)


def text_of(scene: Scene) -> str:
    """Return what all notifications of *scene*'s user say."""
    return f"A secret of {scene.uid}"


def fill(scene: Scene) -> list[Phone]:
    """Have *scene*'s user use everything; return the devices."""
    text = text_of(scene)
    scene.secrets.append(text)
    cap = {"most": 100, "windowSeconds": schema.MAX_CAP_WINDOW_S}
    scene.client.document("config/runtime").set({"caps": {"default": cap}})
    phones = [scene.device(platform, uid=scene.uid) for platform in ("android", "ios", "web")]
    _choose(scene)
    scene.deliver(complete(body=text), uid=scene.uid)
    _doubt(scene, scene.device(uid=scene.uid), text)
    _read(scene)
    subscribe(scene, TOPIC)
    _send(scene, text)
    _what_comes_with_broadcasts(scene, text)
    return phones


def hashes(phones: list[Phone]) -> set[str]:
    """Return the ids under which *phones* stand in `targets`."""
    names = {name for phone in phones for name in (phone.target.value, phone.id)}
    return {hashlib.sha256(name.encode()).hexdigest() for name in names}


def everything(client: Client) -> dict[str, Snapshot]:
    """Return every document of the database by its path."""
    return dict(_beneath(client.collections()))


def contents(client: Client) -> dict[str, Any]:
    """Return what every document says and when it was written, by its path."""
    return {path: (s.to_dict(), s.update_time) for path, s in everything(client).items()}


def _beneath(collections: Any) -> Iterator[tuple[str, Snapshot]]:
    collection: CollectionReference
    for collection in collections:
        for reference in collection.list_documents():  # those, too, that only have children
            snapshot = reference.get()
            if snapshot.exists:
                yield reference.path, snapshot
            yield from _beneath(reference.collections())


def _choose(scene: Scene) -> None:
    before, after = scene.settings({"locale": "de-CH", "preferences": {"ads": {"push": False}}})
    scene.settings_event(before, after)


def _doubt(scene: Scene, phone: Phone, text: str) -> None:
    """Have FCM refuse a target once: the device is set aside, and an errand is to ask again."""
    scene.emulator.fault("INVALID_ARGUMENT", target=phone.target, times=1)
    scene.deliver(complete(body=text), id="n2", uid=scene.uid)


def _read(scene: Scene) -> None:
    """Have the user read a notification: an errand is to tell the other devices."""
    reference = scene.inbox_reference(uid=scene.uid)
    before = stored(reference.get())
    reference.update({"readAt": scene.clock.now})
    clearing.note_read(scene.uid, before, stored(reference.get()), scene.services)


def _send(scene: Scene, text: str) -> None:
    """Have the user, who may send, ask the API to send something in two days."""
    later = (scene.clock.now + timedelta(days=2)).isoformat()
    content = {"body": text}
    headers = bearer_of(scene.uid, scene, senderUntil=2**40) | {"Idempotency-Key": "k1"}
    answer = (
        http.create_app(scene.services)
        .test_client()
        .post(
            PATH,
            json={"uid": scene.uid, "notification": content, "sendAt": later},
            headers=headers,
        )
    )
    assert answer.status_code == 202, answer.text


def _what_comes_with_broadcasts(scene: Scene, text: str) -> None:
    """Write what no code writes yet: the data model has it."""
    own = scene.client.collection(schema.SETTINGS).document(scene.uid)
    own.collection(schema.BROADCAST_INBOX).document("b1").set({"body": text})
    own.collection(schema.ANNOUNCEMENT_STATE).document("a1").set({"readAt": scene.clock.now})
