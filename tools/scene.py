"""The cast of the story, and how it looks at the running stack."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from google.cloud import firestore
from google.cloud.firestore_v1 import DocumentReference, DocumentSnapshot

from fcm_emulator.client import EmulatorClient, Received
from fcm_emulator.targets import Platform, Target, new_fid, new_legacy_token
from tools import ports
from tools.actors import Client
from tools.narration import Failed, Narrator, expect
from tools.servers import PROJECT

T = TypeVar("T")

WAIT_S = 20.0
"""How long a step waits for what it expects; a cold function takes half a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A simulated device of the story."""

    name: str
    platform: Platform
    target: Target

    @property
    def document(self) -> dict[str, str]:
        """The target as apps and documents write it."""
        return {"kind": self.target.kind, "value": self.target.value}


def three_phones() -> list[Phone]:
    """Return an Android phone with a legacy token, an iPhone and a browser with FIDs."""
    return [
        Phone(name="Android phone", platform="android", target=new_legacy_token()),
        Phone(name="iPhone", platform="ios", target=new_fid()),
        Phone(name="browser", platform="web", target=new_fid()),
    ]


@dataclass(slots=True, kw_only=True)
class Scene:
    """Who takes part, and what they see. Every look waits for what it expects."""

    narrator: Narrator
    backend: firestore.Client = field(default_factory=lambda: firestore.Client(project=PROJECT))
    fcm: EmulatorClient = field(
        default_factory=lambda: EmulatorClient(f"{ports.HOST}:{ports.FCM}", PROJECT)
    )
    phones: list[Phone] = field(default_factory=three_phones)
    alice: Client = field(default_factory=Client)
    bob: Client = field(default_factory=Client)
    device_ids: set[str] = field(default_factory=set)
    shipped: DocumentSnapshot = field(init=False)
    """The story's first notification, as it was created."""

    def inbox(self, notification_id: str | None = None) -> DocumentReference:
        """Return a document in alice's inbox, a new one without an id."""
        uid = self.alice.uid
        collection = self.backend.collection("app-notifications", uid, "user-notifications")
        return collection.document(notification_id)

    def write(self, text: str) -> DocumentSnapshot:
        """Write a notification as the smallest app does; return it as it was created."""
        reference = self.inbox()
        fields = {"message": text, "id": reference.id}
        written_at = reference.set(fields).update_time
        # Not read back: by then the functions may have stamped it.
        return DocumentSnapshot(
            reference,
            fields,
            exists=True,
            read_time=written_at,
            create_time=written_at,
            update_time=written_at,
        )

    def last_seq(self) -> int:
        """Return the number of FCM's last message; what follows is new."""
        messages = self.fcm.messages()
        return messages[-1].seq if messages else 0

    def receive(self, count: int, *, after: int) -> list[Received]:
        """Wait until the devices have received *count* messages after number *after*."""
        received = self.fcm.wait(count, after=after, timeout_ms=int(WAIT_S * 1000))
        expect(len(received) == count, f"{len(received)} messages arrived instead of {count}")
        for message in received:
            self.narrator.detail(_shown(message))
        return received

    def delivery(self, notification_id: str) -> Mapping[str, Any]:
        """Wait until a notification's delivery is out of hand; return its record."""
        query = self.backend.collection("deliveries").where(
            filter=firestore.FieldFilter("notificationId", "==", notification_id)
        )

        def look() -> Mapping[str, Any] | None:
            found = [snapshot.to_dict() or {} for snapshot in query.stream()]
            return next((record for record in found if record["state"] != "claimed"), None)

        return until(look)

    def stamped(self, notification_id: str) -> Mapping[str, Any]:
        """Wait until an inbox document has what ordered and unread queries need; return it."""
        names = {"createdAt", "readAt", "archivedAt"}

        def look() -> Mapping[str, Any] | None:
            document: Mapping[str, Any] = self.inbox(notification_id).get().to_dict() or {}
            return document if names <= document.keys() else None

        return until(look)

    def wait_for_settings(self) -> None:
        """Wait until alice's settings are where delivery reads them."""
        reference = self.backend.collection("recipients").document(self.alice.uid)
        until(lambda: (reference.get().to_dict() or {}).get("settings"))

    def devices_without(self, device_id: str) -> Mapping[str, Any]:
        """Wait until alice's recipient has lost a device; return what is left."""
        reference = self.backend.collection("recipients").document(self.alice.uid)

        def look() -> Mapping[str, Any] | None:
            devices: Mapping[str, Any] = (reference.get().to_dict() or {})["devices"]
            return None if device_id in devices else devices

        return until(look)


def until(look: Callable[[], T | None]) -> T:
    """Look again and again until there is something to see.

    Raises:
        Failed: There was nothing within `WAIT_S`.

    """
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.05)
    raise Failed(f"nothing to see within {WAIT_S:.0f} s")


def _shown(received: Received) -> str:
    """Say what a device received, as its screen shows it."""
    shown = received.shown or {}
    text = ": ".join(line for line in (shown.get("title"), shown.get("body")) if line)
    return f"{received.label} ← {text or '(unseen, for the app)'}"
