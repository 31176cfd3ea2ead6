"""The errand `confirm`: ask FCM again about a target it refused, then remove or restore it."""

from functools import partial

from firebell import log
from firebell.core import confirming, parse, roster
from firebell.core.confirming import Verdict
from firebell.core.fields import Fields
from firebell.core.model import Device
from firebell.database import Stored
from firebell.sending import send
from firebell.services import Services


def confirm(errand: Stored, services: Services) -> None:
    """Settle the doubt about the device that *errand* names, with a message FCM only validates.

    A device that registered again meanwhile, also while FCM is asked, or that an operator restored
    is left alone. So is an errand that another run has finished or put off.

    Raises:
        InvalidRequest: The errand is none of ours, naming the field.
        Unavailable: Firestore cannot serve now.

    **Cost:** 1 read, then 1 delete; 1 write more to restore or to ask again, 1 write and 1 delete
    (2 for a legacy token) to remove.

    """
    fields = Fields(errand.data, known=errand.data)
    uid = parse.uid(fields.get("uid"))
    asked = fields.integer("asked", least=0, most=10**6) or 0
    found = services.devices.read(uid)
    device = confirming.doubted(errand.data, found[0].devices) if found is not None else None
    if found is None or device is None:
        services.outbox.remove(errand)
        return
    outcome = send({device: confirming.PROBE}, services, validate_only=True)[device]
    verdict = confirming.verdict(outcome, asked=asked)
    log.doubt_settled(uid, verdict.value)
    if verdict is Verdict.ASK_AGAIN:
        due_at = confirming.due_at(services.clock())
        services.outbox.postpone_errand(errand, {"asked": asked + 1}, due_at=due_at)
        return
    _settle(uid, found[1], device, verdict, services)
    services.outbox.remove(errand)


def _settle(
    uid: str, recipient: Stored, device: Device, verdict: Verdict, services: Services
) -> None:
    if verdict is Verdict.REMOVE:
        services.devices.revise(uid, recipient, partial(roster.remove_doubted, device=device))
    elif verdict is Verdict.RESTORE:
        lift = partial(roster.restore, device_ids={device.id})
        services.devices.revise(uid, recipient, lift, tells_topics=True)
