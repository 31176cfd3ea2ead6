"""Devices of a signed-in user: register, unregister, list. A client acts on its own uid only."""

from typing import Any

from firebell import log, membership
from firebell.core import answers, calls, parse
from firebell.core.fields import Fields
from firebell.services import Services


def register_device(uid: str, body: Any, services: Services) -> dict[str, str]:
    """Make the device in *body* one of *uid*'s; an installation is replaced, never doubled.

    A device of another user becomes this user's; with 20 devices, the one not seen for longest
    gives way.

    Raises:
        InvalidRequest: Naming the field.
        NotAllowed: The user was erased.
        Unavailable: Firestore cannot serve now.

    **Cost:** see `Devices.register`; with topics 1 read, then as `membership.settle`.

    """
    device = calls.device_registration(body, now=services.clock())
    done = services.devices.register(parse.uid(uid), device)
    if not done.placement.is_unchanged:
        log.device_registered(uid, moved=done.moved, evicted=len(done.placement.evicted))
    if done.owes_topics:
        membership.settle_now(uid, services)
    return {"deviceId": device.id}


def unregister_device(uid: str, body: Any, services: Services) -> dict[str, bool]:
    """Remove the device that *body*'s target names, if it is still *uid*'s with that target.

    Raises:
        InvalidRequest: Naming the field.
        Unavailable: Firestore cannot serve now.

    **Cost:** see `Devices.unregister`; with topics 1 read, then as `membership.settle`.

    """
    target = calls.target(Fields(body, known={"target"}).get("target"))
    device_id, now = calls.device_id(target), services.clock()
    departure = services.devices.unregister(parse.uid(uid), device_id, target, now=now)
    if departure is not None and departure.owes_topics:
        membership.settle_now(uid, services)
    return {"removed": departure is not None}


def list_devices(uid: str, body: Any, services: Services) -> dict[str, Any]:
    """Return *uid*'s devices without their targets, the one seen last first.

    Raises:
        InvalidRequest: The call says anything.
        Unavailable: Firestore cannot serve now.

    **Cost:** 1 read.

    """
    calls.nothing(body)
    found = services.devices.read(parse.uid(uid))
    devices = found[0].devices.values() if found is not None else ()
    now, stale_days = services.clock(), services.stale_days
    return {"devices": answers.device_list(devices, now=now, stale_days=stale_days)}
