"""Makes pushes for the sender's tests."""

import json

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target, new_fid
from firebell.core.model import Fid, LegacyToken
from firebell.fcm import Push

PAYLOAD = b'{"data":{"notificationId":"n1"}}'


def push(target: Target, payload: bytes = PAYLOAD) -> Push:
    kind = Fid if target.kind == "fid" else LegacyToken
    return Push(target=kind(value=target.value), payload=payload)


def numbered(count: int, emulator: EmulatorClient) -> list[Push]:
    """Return pushes that tell their number, each to a device of its own."""
    pushes = []
    for number in range(count):
        target = new_fid()
        emulator.register_device(target, "android")
        pushes.append(push(target, json.dumps({"data": {"number": str(number)}}).encode()))
    return pushes
