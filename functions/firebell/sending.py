"""Send, try again within seconds, classify; and take from a user the devices that FCM disowns."""

from collections.abc import Mapping
from datetime import datetime
from itertools import count

from firebell.core import confirming, outcome, settlement
from firebell.core.deliveries import ConfigurationFault, Gone, Outcome, Suspect, TryAgain
from firebell.core.model import Device
from firebell.database import Stored
from firebell.errors import Misconfigured
from firebell.fcm import Push
from firebell.services import Services


def send(
    payloads: Mapping[Device, bytes],
    services: Services,
    *,
    validate_only: bool = False,
    until: datetime | None = None,
) -> dict[Device, Outcome]:
    """Send each device its payload and say what FCM made of it.

    What seconds may cure is tried again here, within `IN_PLACE_BUDGET_S`.

    Args:
        payloads: Messages as JSON, targets left out.
        services: What to send with.
        validate_only: FCM checks the messages and delivers none.
        until: From this instant on nothing is sent: somebody else may be sending then.

    """
    started = services.clock()
    if until is not None and started >= until:
        return dict.fromkeys(payloads, TryAgain(code="NO_TIME_LEFT"))
    outcomes = _try(payloads, services, validate_only=validate_only)
    for tries in count(1):
        wait_s = settlement.wait_in_place(
            outcomes,
            tries=tries,
            spent_s=(services.clock() - started).total_seconds(),
            jitter=services.chance(),
        )
        if wait_s is None:
            break
        services.pause(wait_s)
        if until is not None and services.clock() >= until:
            break
        again = {device: payloads[device] for device in settlement.hopeful(outcomes)}
        outcomes |= _try(again, services, validate_only=validate_only)
    return outcomes


def settle_devices(
    uid: str, recipient: Stored, outcomes: Mapping[Device, Outcome], services: Services
) -> None:
    """Take from *uid* the devices FCM no longer knows; set aside those it doubts.

    For each of the latter an errand is left first: FCM is asked again before anything is removed.

    Raises:
        Unavailable: Firestore cannot serve now.

    **Cost:** see `Devices.settle`; 1 write more for each doubted device.

    """
    gone = [device for device, result in outcomes.items() if isinstance(result, Gone)]
    suspect = [device for device, result in outcomes.items() if isinstance(result, Suspect)]
    now = services.clock()
    for device in suspect:
        errand_id, document = confirming.errand(uid, device)
        services.outbox.leave_errand(errand_id, document, due_at=confirming.due_at(now))
    services.devices.settle(uid, recipient, gone=gone, suspect=suspect)


def _try(
    payloads: Mapping[Device, bytes], services: Services, *, validate_only: bool
) -> dict[Device, Outcome]:
    pushes = [Push(target=device.target, payload=payload) for device, payload in payloads.items()]
    try:
        replies = services.fcm.send(pushes, validate_only=validate_only)
    except Misconfigured as error:
        return dict.fromkeys(payloads, ConfigurationFault(code=error.setting))
    return {
        device: outcome.classify(reply) for device, reply in zip(payloads, replies, strict=True)
    }
