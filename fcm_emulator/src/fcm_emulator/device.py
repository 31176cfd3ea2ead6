"""A simulated device, and a message on its way to it: who they are, and what became of it."""

from dataclasses import dataclass

from fcm_emulator.happening import Outcome
from fcm_emulator.schema import Message
from fcm_emulator.targets import Platform, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A web app's own service worker: it shows the JSON under *data_key* of a data-only message."""

    data_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A simulated app installation; only one on the web can have a worker."""

    target: Target
    platform: Platform
    label: str | None = None
    worker: Worker | None = None

    @property
    def worker_data_key(self) -> str | None:
        """The data key that its worker shows."""
        return self.worker.data_key if self.worker is not None else None


# Not frozen: one is made for every send and every device, and its outcome changes.
@dataclass(slots=True, kw_only=True, eq=False)
class Accepted:
    """A message as FCM took it, for one device; *seq* counts from 1 per project.

    *device* is as it was when it got the message, or else when FCM took it.
    """

    seq: int
    name: str
    accepted_at_ms: float
    device: Device
    message: Message
    outcome: Outcome = "pending"
    delivered_at_ms: float | None = None
