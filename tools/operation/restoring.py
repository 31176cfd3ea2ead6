"""Lift the quarantine of devices."""

from collections.abc import Iterable
from functools import partial

from firebell.core import lifecycle, roster
from firebell.core.model import Device
from tools.operation.desk import Desk

SHOWN_DIGITS = 8
"""Digits of a device's target hash that are shown and suffice to name it."""


def restore(desk: Desk, uid: str, *, device: str | None, everything: bool) -> int:
    """Make quarantined devices of *uid* active again, and print them; return the exit status.

    Args:
        desk: Where.
        uid: Whose.
        device: A device's id, or the beginning of its target's hash.
        everything: All of them; without this and *device* they are only listed.

    **Cost:** 1 read, and 1 write when there is something to restore.

    """
    found = desk.recipients.read(uid)
    if found is None:
        print(f"No user {uid} has ever registered a device.")
        return 1
    recipient, stored = found
    quarantined = [d for d in recipient.devices.values() if d.state == "quarantined"]
    if not quarantined:
        print(f"No device of {uid} is quarantined.")
        return 0 if everything else 1
    if device is None and not everything:
        _print("quarantined", quarantined, desk)
        print("Name one with --device and the digits in front, or restore --all.")
        return 0
    ids = {d.id for d in quarantined if everything or _is_named(d, str(device))}
    lift = partial(roster.restore, device_ids=ids)
    revision = desk.recipients.revise(uid, stored, lift, tells_topics=True)
    _print("restored", revision.changed, desk)
    if not revision.changed:
        print(f"No quarantined device of {uid} is called that.")
        return 1
    return 0


def _is_named(device: Device, name: str) -> bool:
    is_digits = len(name) >= SHOWN_DIGITS
    return name == device.id or (is_digits and _hash(device).startswith(name))


def _print(verb: str, devices: Iterable[Device], desk: Desk) -> None:
    for device in devices:
        seen = device.last_seen_at.date().isoformat()
        is_stale = roster.is_stale(device, now=desk.now, days=desk.settings.stale_days)
        stale = ", stale" if is_stale else ""
        label = f" {device.label!r}" if device.label else ""
        digits = _hash(device)[:SHOWN_DIGITS]
        print(f"{verb} {digits} {device.platform}{label}, last seen on {seen}{stale}")


def _hash(device: Device) -> str:
    # Never the id: of an installation with a FID it is the target itself.
    return lifecycle.target_hash(device.target)
