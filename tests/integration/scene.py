"""One project of real parts, and short words for what the tests do with it."""

import dataclasses
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from google.cloud.firestore_v1 import Client, DocumentReference, DocumentSnapshot

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Platform, Target, new_fid, new_legacy_token
from firebell import database, delivery, outbox, registration, services, settings
from firebell.config import Settings
from firebell.core import lifecycle
from firebell.services import Services
from tests.integration import secrets as of_the_run

Snapshot: TypeAlias = "DocumentSnapshot[Any]"

TEXT = "Your table is ready"
"""What notifications say here; no log line may hold it."""


A_RUN = 4
"""Times that one run tries a device FCM cannot serve, before it leaves that to a task."""


@dataclass(slots=True)
class Clock:
    """A clock that stands until told to go on."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        """Return the instant it shows."""
        return self.now

    def pass_s(self, seconds: float) -> None:
        """Go on by *seconds*."""
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A device as both sides know it: Firebell by *id*, FCM by *target*."""

    id: str
    target: Target
    platform: Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A user in a project: devices at Firebell and at FCM, documents, what became of them.

    Attributes:
        secrets: Collects what must not be found in any log.

    """

    uid: str
    client: Client
    services: Services
    emulator: EmulatorClient
    clock: Clock
    secrets: list[str]

    def device(self, platform: Platform = "android", *, uid: str | None = None) -> Phone:
        """Register a new device at Firebell and at FCM; phones of Android have a legacy token."""
        target = new_legacy_token() if platform == "android" else new_fid()
        self.emulator.register_device(target, platform)
        return self.register(target, platform, uid=uid)

    def register(
        self, target: Target, platform: Platform, *, uid: str | None = None, **more: str
    ) -> Phone:
        """Register *target* at Firebell alone."""
        self.secrets.append(of_the_run.keep(target.value))
        body = {
            "target": {"kind": target.kind, "value": target.value},
            "platform": platform,
            **more,
        }
        answer = registration.register_device(uid or self.uid, body, self.services)
        return Phone(id=answer["deviceId"], target=target, platform=platform)

    def inbox(
        self, fields: Mapping[str, Any], *, id: str = "n1", uid: str | None = None
    ) -> Snapshot:
        """Put a notification into the inbox, and return it as its event brings it."""
        return self._create(self.inbox_reference(id, uid=uid), fields)

    def deliver(
        self, fields: Mapping[str, Any], *, id: str = "n1", uid: str | None = None
    ) -> dict[str, Any]:
        """Put a notification into the inbox, handle its event, return its delivery."""
        self.event(self.inbox(fields, id=id, uid=uid))
        return self.record(id, uid=uid)

    def event(self, snapshot: Snapshot) -> None:
        """Handle the event of an inbox document's creation, as the function does."""
        owner = snapshot.reference.path.split("/")[1]
        delivery.deliver_inbox(owner, stored(snapshot), self.services)

    def again(self, id: str = "n1") -> dict[str, Any]:
        """Handle a task for the delivery of *id*, and return it as it then is."""
        task = {"kind": "delivery", "id": lifecycle.delivery_id(self.uid, id)}
        outbox.deliver_task(task, self.services)
        return self.record(id)

    def make_due(self, id: str = "n1") -> None:
        """Let the wait of *id*'s delivery, and of each of its devices, be over now."""
        now, devices = self.clock.now, self.record(id)["devices"]
        waits = {f"devices.`{device_id}`.retryAt": now for device_id in devices}
        self.delivery_reference(id).update({"dueAt": now, **waits})

    def outbox(self, fields: Mapping[str, Any], *, id: str = "n1") -> Snapshot:
        """Put a document into the outbox, and return it as its event brings it."""
        return self._create(self.client.document(f"outbox/{id}"), fields)

    def settings(self, fields: Mapping[str, Any] | None) -> tuple[Snapshot, Snapshot]:
        """Write the user's settings whole, None to delete them; return them before and after."""
        reference = self.client.collection("app-notifications").document(self.uid)
        before = reference.get()
        if fields is None:
            reference.delete()
        else:
            reference.set(dict(fields))
        return before, reference.get()

    def settings_event(self, before: Snapshot, after: Snapshot) -> None:
        """Handle the event of a change to the settings, as the function does."""
        change = database.stored(before), database.stored(after)
        settings.copy(self.uid, *change, self.services)

    def record(self, id: str = "n1", *, uid: str | None = None) -> dict[str, Any]:
        """Return the delivery of notification *id*; empty when there is none."""
        found = self.delivery_reference(id, uid=uid).get().to_dict()
        return found or {}

    def recipient(self, uid: str | None = None) -> dict[str, Any]:
        """Return a user's recipient; empty when there is none."""
        found = self.client.collection("recipients").document(uid or self.uid).get().to_dict()
        return found or {}

    def owners(self) -> list[str]:
        """Return whom each document in `targets` names."""
        return [document.get("uid") for document in self.client.collection("targets").stream()]

    def shown(self, phone: Phone) -> list[str]:
        """Return the text of each message that *phone* got, a browser's as our worker reads it."""
        messages = [received.message for received in self.emulator.messages(phone.target)]
        if phone.platform == "web":
            return [json.loads(message["data"]["firebell"])["body"] for message in messages]
        if phone.platform == "ios":
            return [message["apns"]["payload"]["aps"]["alert"]["body"] for message in messages]
        return [message["notification"]["body"] for message in messages]

    def inbox_reference(self, id: str = "n1", *, uid: str | None = None) -> DocumentReference:
        """Return where notification *id* is in the inbox."""
        return self.client.document("app-notifications", uid or self.uid, "user-notifications", id)

    def delivery_reference(self, id: str = "n1", *, uid: str | None = None) -> DocumentReference:
        """Return where the delivery of notification *id* is."""
        delivery_id = lifecycle.delivery_id(uid or self.uid, id)
        return self.client.collection("deliveries").document(delivery_id)

    def _create(self, reference: DocumentReference, fields: Mapping[str, Any]) -> Snapshot:
        reference.create(dict(fields))
        return reference.get()


def build(settings: Settings, uid: str, secrets: list[str]) -> Scene:
    """Return a scene on the emulators, with a user and a clock of its own."""
    assert settings.fcm_emulator_host
    clock = Clock()
    return Scene(
        uid=uid,
        client=database.connect(settings),
        services=dataclasses.replace(
            services.build(settings), clock=clock, chance=lambda: 0.0, pause=clock.pass_s
        ),
        emulator=EmulatorClient(settings.fcm_emulator_host, settings.project_id),
        clock=clock,
        secrets=secrets,
    )


def settings_of(fcm_emulator_host: str, project: str) -> Settings:
    """Return what a deployment of *project* on the emulators is told."""
    return Settings(
        project_id=project,
        fcm_emulator_host=fcm_emulator_host,
        is_emulator=True,
        identity_emulators={
            "FIREBASE_AUTH_EMULATOR_HOST": os.environ["FIREBASE_AUTH_EMULATOR_HOST"]
        },
    )


def fresh_project() -> str:
    """Return the id of a project that nobody has used."""
    return f"demo-{uuid.uuid4().hex[:12]}"


def stored(snapshot: Snapshot) -> database.Stored:
    """Return *snapshot* as the functions read it."""
    found = database.stored(snapshot)
    assert found is not None
    return found


def complete(**fields: Any) -> dict[str, Any]:
    """Return a notification that needs no stamp."""
    return {
        "body": TEXT,
        "createdAt": datetime.now(UTC),
        "readAt": None,
        "archivedAt": None,
        **fields,
    }
