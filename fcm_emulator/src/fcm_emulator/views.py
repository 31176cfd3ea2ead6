"""How devices, trays and histories look on the wire; the same for tests and for the page."""

from typing import Any

import msgspec

from fcm_emulator import display
from fcm_emulator.device import Accepted
from fcm_emulator.handset import Handset


def device(handset: Handset) -> dict[str, Any]:
    """Give a device and its state, without what it shows."""
    is_me = handset.device
    return {
        "target": is_me.target,
        "platform": is_me.platform,
        "label": is_me.label,
        "worker": None if is_me.worker is None else {"dataKey": is_me.worker.data_key},
        "online": handset.is_online,
        "seenAtMs": handset.seen_at_ms,
        "pendingCount": len(handset.pending.held),
        "trayCount": len(handset.tray.entries),
        "badge": handset.tray.badge,
    }


def tray(handset: Handset) -> dict[str, Any]:
    """Give what a device shows, newest first."""
    return {
        "badge": handset.tray.badge,
        "notifications": [_notification(accepted) for accepted in handset.tray.entries[::-1]],
    }


def device_and_tray(handset: Handset) -> dict[str, Any]:
    """Give a device, its state and what it shows."""
    return {**device(handset), "tray": tray(handset)["notifications"]}


def history(handset: Handset) -> dict[str, Any]:
    """Give what happened on a device, oldest first."""
    return {
        "events": [
            {
                "event": event.event,
                "atMs": event.at_ms,
                "seq": event.accepted.seq if event.accepted is not None else None,
                "name": event.accepted.name if event.accepted is not None else None,
                "message": event.accepted.message if event.accepted is not None else None,
            }
            for event in handset.history
        ]
    }


def _notification(accepted: Accepted) -> dict[str, Any]:
    owner, message = accepted.device, accepted.message
    shown = display.resolve(message, owner.platform, owner.worker_data_key)
    return {
        "seq": accepted.seq,
        "name": accepted.name,
        "atMs": accepted.delivered_at_ms,
        "priority": display.priority(message, owner.platform),
        **(msgspec.to_builtins(shown) if shown is not None else {}),
    }
