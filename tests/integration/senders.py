"""The real sender with something done around it, for faults that FCM's emulator cannot script."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firebell.core.deliveries import FcmReply
from firebell.fcm import Push, Sender
from tests.integration.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class ThenDo:
    """Sends; what *then* does happens before the caller learns the answers."""

    sender: Sender
    then: Callable[[], object]

    def send(self, pushes: Sequence[Push], *, validate_only: bool = False) -> list[FcmReply]:
        """Send *pushes*, then do."""
        replies = self.sender.send(pushes, validate_only=validate_only)
        self.then()
        return replies


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiling:
    """Sends another payload than the one it was given, to the same targets."""

    sender: Sender
    payload: bytes

    def send(self, pushes: Sequence[Push], *, validate_only: bool = False) -> list[FcmReply]:
        """Send *payload* to the targets of *pushes*."""
        spoilt = [Push(target=push.target, payload=self.payload) for push in pushes]
        return self.sender.send(spoilt, validate_only=validate_only)


def with_sender(scene: Scene, sender: Sender) -> Scene:
    """Return *scene* with functions that send by *sender*."""
    return dataclasses.replace(scene, services=dataclasses.replace(scene.services, fcm=sender))
