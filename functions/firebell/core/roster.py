"""Place a device among its user's devices: who is replaced, who gives way, what changed."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from firebell.core import schema
from firebell.core.model import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What registering changes: the device to write, and the ones whose targets no longer count."""

    device: Device
    evicted: tuple[Device, ...] = ()
    replaced: Device | None = None
    is_unchanged: bool = False

    @property
    def left(self) -> tuple[Device, ...]:
        """Return every device whose target no longer counts."""
        return self.evicted if self.replaced is None else (*self.evicted, self.replaced)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What changes among a user's devices: those that leave, and those that are written anew."""

    removed: tuple[Device, ...] = ()
    changed: tuple[Device, ...] = ()


def place(devices: Mapping[str, Device], device: Device) -> Placement:
    """Place *device*, just registered, among its user's *devices*.

    The same installation is replaced, never doubled, and keeps what the new call leaves out. Beyond
    `MAX_DEVICES` the one not seen for longest gives way. An unchanged device is left alone until
    `HEARTBEAT_S` have passed since it was last written.
    """
    known = devices.get(device.id)
    merged = device if known is None else _merge(known, device)
    if known is not None and _is_fresh(known, merged):
        return Placement(device=known, is_unchanged=True)
    others = sorted(
        (other for other in devices.values() if other.id != device.id), key=lambda d: d.last_seen_at
    )
    surplus = max(0, len(others) + 1 - schema.MAX_DEVICES)
    return Placement(
        device=merged,
        evicted=tuple(others[:surplus]),
        replaced=known if known is not None and known.target != merged.target else None,
    )


def ownership_keys(device: Device) -> frozenset[str]:
    """Return the ids of the `targets` documents that name *device*'s owner.

    One is its target's, one its installation's, so that a legacy token and the FID of one
    installation never belong to two users.
    """
    return frozenset(ownership_key(name) for name in (device.target.value, device.id))


def ownership_key(name: str) -> str:
    """Return the id of the `targets` document that stands for *name*: a target's, or a device's."""
    return hashlib.sha256(name.encode()).hexdigest()


def all_ownership_keys(devices: Iterable[Device]) -> frozenset[str]:
    """Return the ownership keys of all *devices*."""
    return frozenset[str]().union(*(ownership_keys(device) for device in devices))


def oldest_seen_on(devices: Iterable[Device]) -> str | None:
    """Return the UTC date (ISO 8601) since when all *devices* were seen; None without devices."""
    seen = [device.last_seen_at for device in devices]
    return min(seen).date().isoformat() if seen else None


def settle(
    held: Mapping[str, Device], *, gone: Iterable[Device], suspect: Iterable[Device]
) -> Revision:
    """Remove *gone* devices and set *suspect* ones aside, where their targets are the same."""
    return Revision(
        removed=_still(held, gone),
        changed=tuple(quarantine(device) for device in _still(held, suspect)),
    )


def remove_doubted(held: Mapping[str, Device], *, device: Device) -> Revision:
    """Remove *device*, unless it came back: it must still be set aside, with the same target."""
    still = _still(held, (device,))
    return Revision(removed=tuple(d for d in still if d.state == "quarantined"))


def seen_before(now: datetime, *, days: int) -> str:
    """Return the UTC date (ISO 8601) before which a device was last seen to count as unseen."""
    return (now - timedelta(days=days)).date().isoformat()


def is_stale(device: Device, *, now: datetime, days: int) -> bool:
    """Tell whether *device* was not seen for *days* days, counted by UTC dates."""
    return device.last_seen_at.date().isoformat() < seen_before(now, days=days)


def prune(held: Mapping[str, Device], *, now: datetime, days: int) -> Revision:
    """Remove the devices that were not seen for *days* days."""
    return Revision(removed=tuple(d for d in held.values() if is_stale(d, now=now, days=days)))


def restore(held: Mapping[str, Device], *, device_ids: Collection[str]) -> Revision:
    """Lift the quarantine of those of *device_ids* that are in it."""
    return Revision(
        changed=tuple(
            replace(device, state="active", reason=None)
            for device in held.values()
            if device.id in device_ids and device.state == "quarantined"
        )
    )


def holding(held: Mapping[str, Device], keys: frozenset[str]) -> tuple[Device, ...]:
    """Return the devices in *held* that own one of *keys*."""
    return tuple(device for device in held.values() if ownership_keys(device) & keys)


def quarantine(device: Device) -> Device:
    """Return *device* set aside: kept, but not sent to until it registers again or is restored."""
    return replace(device, state="quarantined", reason="target_refused")


def _still(held: Mapping[str, Device], devices: Iterable[Device]) -> tuple[Device, ...]:
    """Return those of *devices* which *held* still has, with the same target."""
    return tuple(
        held[device.id]
        for device in devices
        if device.id in held and held[device.id].target == device.target
    )


def _merge(known: Device, new: Device) -> Device:
    return replace(
        new,
        created_at=known.created_at,
        locale=new.locale or known.locale,
        timezone=new.timezone or known.timezone,
        app_version=new.app_version or known.app_version,
        label=new.label or known.label,
        topics=new.topics if new.target != known.target else _union(known.topics, new.topics),
    )


def _union(*topics: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for names in topics for name in names}))


def _is_fresh(known: Device, merged: Device) -> bool:
    same = replace(merged, last_seen_at=known.last_seen_at) == known
    age: timedelta = merged.last_seen_at - known.last_seen_at
    return same and age < timedelta(seconds=schema.HEARTBEAT_S)
