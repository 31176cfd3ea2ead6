"""A message as the client sees it, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fcm_emulator.happening import Outcome
from fcm_emulator.targets import Platform, Target

_DATA_BLOCKS = {"android": ("android", "androidV2"), "web": ("webpush",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message for a device; *shown* is the title and body on its screen, if any.

    *outcome* is `delivered` once the device has it, `pending` while it waits for the device, or
    why it never got there.
    """

    seq: int
    name: str
    accepted_at_ms: float
    target: Target
    platform: Platform
    label: str | None
    message: Mapping[str, Any]
    shown: Mapping[str, str | None] | None
    outcome: Outcome
    delivered_at_ms: float | None

    @property
    def data(self) -> Mapping[str, str]:
        """The data that the app gets: its platform's own, if there is any, or else the common."""
        blocks = [self.message.get(name, {}) for name in _DATA_BLOCKS.get(self.platform, ())]
        own = [block["data"] for block in blocks if "data" in block]
        data: Mapping[str, str] = own[0] if own else self.message.get("data", {})
        return data


def parse(entry: Mapping[str, Any]) -> Received:
    """Read an entry of the emulator's answer."""
    return Received(
        seq=entry["seq"],
        name=entry["name"],
        accepted_at_ms=entry["acceptedAtMs"],
        target=Target(**entry["target"]),
        platform=entry["platform"],
        label=entry["label"],
        message=entry["message"],
        shown=entry["shown"],
        outcome=entry["outcome"],
        delivered_at_ms=entry["deliveredAtMs"],
    )
