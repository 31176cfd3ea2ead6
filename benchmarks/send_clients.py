"""The clients of send_cost.py that need no Django: ours, and firebase-admin's own."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import firebase_admin
from firebase_admin import messaging

from benchmarks import sending
from fcm_emulator import redirect
from firebell import sending as ours
from firebell import services
from firebell.access import StaticAccess
from firebell.config import Settings
from firebell.core.deliveries import Accepted
from firebell.core.model import Device, Fid, Notification, Recipient
from firebell.core.payloads import payloads
from firebell.fcm import Fcm
from firebell.services import Services

NOW = datetime.now(UTC)


def firebell(address: str) -> Callable[[Sequence[str]], None]:
    """Send one notification to many devices, as a delivery does between its read and its write."""
    deployed, recipient = _deployed(address), Recipient(uid="u")

    def send(fids: Sequence[str]) -> None:
        notification = Notification(id="n1", title=sending.TITLE, body=sending.BODY)
        _deliver(payloads(notification, _devices(fids), recipient=recipient, now=NOW), deployed)

    return send


def firebell_each_its_own(address: str) -> Callable[[Sequence[str]], None]:
    """Send each device a notification of its own: no two share a serialization."""
    deployed, recipient = _deployed(address), Recipient(uid="u")

    def send(fids: Sequence[str]) -> None:
        built: dict[Device, bytes] = {}
        for number, device in enumerate(_devices(fids)):
            notification = Notification(id=f"n{number}", title=sending.TITLE, body=sending.BODY)
            built |= payloads(notification, [device], recipient=recipient, now=NOW)
        _deliver(built, deployed)

    return send


def send_each(address: str) -> Callable[[Sequence[str]], None]:
    """Send as firebase-admin's documentation does."""
    app = _app()

    def send(fids: Sequence[str]) -> None:
        with redirect.redirected(f"https://{address}"):
            answer = messaging.send_each(_messages(fids), app=app)
        sending.expect_all((response.success for response in answer.responses), len(fids))

    return send


def send_each_async(address: str) -> Callable[[Sequence[str]], None]:
    """Send by firebase-admin's coroutine, on one event loop as a server would."""
    app, loop = _app(), asyncio.new_event_loop()

    def send(fids: Sequence[str]) -> None:
        with redirect.redirected(f"https://{address}"):
            answer = loop.run_until_complete(messaging.send_each_async(_messages(fids), app=app))
        sending.expect_all((response.success for response in answer.responses), len(fids))

    return send


CLIENTS = {
    "firebell": firebell,
    "firebell, each its own text": firebell_each_its_own,
    "send_each": send_each,
    "send_each_async": send_each_async,
}
PACKAGES = {
    "firebell": ["pycurl"],
    "firebell, each its own text": ["pycurl"],
    "send_each": ["firebase-admin", "requests"],
    "send_each_async": ["firebase-admin", "httpx"],
}


def _deployed(address: str) -> Services:
    """Return an instance's services; this process reads and writes nothing in Firestore."""
    built = services.build(Settings(project_id=sending.PROJECT))
    sender = Fcm(
        origin=f"https://{address}",
        project_id=sending.PROJECT,
        access=StaticAccess("owner"),
        ca_file=os.environ["SSL_CERT_FILE"],
    )
    return replace(built, fcm=sender)


@cache
def _devices_of(fids: tuple[str, ...]) -> list[Device]:
    return [
        Device(
            id=f"d{number}",
            target=Fid(value=fid),
            platform="android",
            created_at=NOW,
            last_seen_at=NOW,
        )
        for number, fid in enumerate(fids)
    ]


def _devices(fids: Sequence[str]) -> list[Device]:
    """Return devices as Firestore would bring them, made before the measure."""
    return _devices_of(tuple(fids))


def _deliver(built: Mapping[Device, bytes], deployed: Services) -> None:
    outcomes = ours.send(built, deployed)
    sending.expect_all(
        (isinstance(outcome, Accepted) for outcome in outcomes.values()), len(outcomes)
    )


def _app() -> firebase_admin.App:
    return firebase_admin.initialize_app(redirect.credential(), {"projectId": sending.PROJECT})


def _messages(fids: Sequence[str]) -> list[messaging.Message]:
    shown = messaging.Notification(title=sending.TITLE, body=sending.BODY)
    tray = messaging.AndroidNotification(tag="n1", sound="default")
    android = messaging.AndroidConfig(priority="high", notification=tray)
    return [
        messaging.Message(
            fid=fid, notification=shown, android=android, data={"notificationId": "n1"}
        )
        for fid in fids
    ]


if __name__ == "__main__":
    sending.run(CLIENTS, PACKAGES)
