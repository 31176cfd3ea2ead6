"""Read here, clear there: reads leave an errand, and the errand tells the user's other devices.

The inbox is the record and the tray is best effort: what FCM refuses longer than seconds is let go.
"""

from collections.abc import Iterable, Mapping

from firebell import log, sending
from firebell.core import clearing, lifecycle
from firebell.core.clearing import Errand
from firebell.core.deliveries import Accepted, Outcome
from firebell.core.model import Device, Recipient
from firebell.database import Stored
from firebell.services import Services


def note_read(uid: str, before: Stored, after: Stored, services: Services) -> None:
    """Leave an errand when *uid* has just read or archived a notification that phones may show.

    Raises:
        Unavailable: Firestore cannot serve now; the event is worth repeating.

    **Cost:** nothing for any other change, and when switched off; else 1 read, and 1 write if it
    was sent to a phone.

    """
    if not services.clears_elsewhere or not clearing.was_read(before.data, after.data):
        return
    found = services.store.read_delivery(lifecycle.delivery_id(uid, after.id))
    if found is None or not clearing.was_sent(found[0]):
        return
    errand_id, due_at = clearing.window(uid, services.clock())
    services.outbox.leave_errand(
        errand_id, {"kind": clearing.KIND, "uid": uid}, due_at=due_at, union={"ids": [after.id]}
    )


def clear(document: Stored, services: Services) -> None:
    """Tell the devices of the errand's user what was read, and delete the errand.

    One that got more ids meanwhile stays, and runs again.

    Raises:
        InvalidRequest: The errand is none of ours, naming the field.
        Unavailable: Firestore cannot serve now.

    **Cost:** 1 read + 1 delete; for a user with an iOS device 1 read more per 1,000 unread, and 1
    write per `WAKE_PAUSE_S`; a gone or doubted device as in a delivery.

    """
    errand = clearing.parse(document.data)
    found = services.devices.read(errand.uid)
    if found is not None and (phones := clearing.phones(found[0])):
        _tell(errand, phones, *found, services)
    services.outbox.remove(document)


def _tell(
    errand: Errand,
    phones: tuple[Device, ...],
    recipient: Recipient,
    stored: Stored,
    services: Services,
) -> None:
    unread, wakes = 0, False
    if any(device.platform == "ios" for device in phones):
        unread = services.store.count_unread(errand.uid)
        stored, wakes = _mark_woken(recipient, stored, services)
    messages = clearing.build(errand.ids, phones, unread=unread, wakes=wakes)
    outcomes = _send(messages, services)
    log.trays_cleared(len(errand.ids), list(outcomes.values()))
    sending.settle_devices(errand.uid, stored, outcomes, services)


def _mark_woken(recipient: Recipient, stored: Stored, services: Services) -> tuple[Stored, bool]:
    """Note that the iOS apps are woken, before they are; return whether this run may do it."""
    now = services.clock()
    if not clearing.may_wake(recipient, now=now):
        return stored, False
    marked = services.devices.mark_woken(recipient.uid, stored, at=now)
    return (stored, False) if marked is None else (marked, True)


def _send(messages: Iterable[Mapping[Device, bytes]], services: Services) -> dict[Device, Outcome]:
    """Send in turn; a device whose message was refused gets none of the rest."""
    outcomes: dict[Device, Outcome] = {}
    for turn in messages:
        refused = {d for d, result in outcomes.items() if not isinstance(result, Accepted)}
        payloads = {device: turn[device] for device in turn if device not in refused}
        outcomes |= sending.send(payloads, services)
    return outcomes
