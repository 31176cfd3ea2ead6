"""`messages:send`: bytes in, reply out; the one place where the contract meets the ledger."""

from typing import NamedTuple

from fcm_emulator import condition, contract, errors
from fcm_emulator.contract import Send
from fcm_emulator.device import Device
from fcm_emulator.faults import Fault
from fcm_emulator.ledger import Ledger
from fcm_emulator.lifetime import lifetime
from fcm_emulator.project import Project
from fcm_emulator.refusal import Refused
from fcm_emulator.targets import is_fid, is_legacy_token

# What FCM answers instead of an id when it was asked only to validate.
_DRY_RUN_ID = "fake_message_id"
_TOO_MANY_REQUESTS = 429


class Sent(NamedTuple):
    """The name of an accepted message, and what is still to befall its reply."""

    name: str
    fault: Fault | None


def send(ledger: Ledger, project_id: str, body: bytes) -> Sent:
    """Accept a message.

    The order is FCM's as far as it shows: the project's quota, then the request, then a scripted
    fault, then the registration, then what depends on the device. Whatever is not a 429 counts.

    Raises:
        Refused: with the reply to give.

    """
    project = ledger.project(project_id)
    now_ns = project.now_ns()
    _check_quota(project, project_id, now_ns)
    try:
        return _accept(ledger, project, project_id, body, now_ns)
    except Refused as refused:
        if refused.refusal.http_status == _TOO_MANY_REQUESTS:
            project.use.project.uncount()
        raise


def _check_quota(project: Project, project_id: str, now_ns: int) -> None:
    window, limit = project.use.project, project.use.limits.messages_per_minute
    if window.is_full(limit, now_ns):
        refusal = errors.project_quota(project_id, limit or 0)
        raise Refused(refusal.with_retry_after(window.left_s(now_ns)))
    window.count()


def _accept(ledger: Ledger, project: Project, project_id: str, body: bytes, now_ns: int) -> Sent:
    request = contract.parse(body)
    fault = project.faults.take(request.target)
    if fault is not None:
        fault.refuse(project_id)
    devices = _audience(project, request)
    if request.is_dry_run:
        return Sent(_name(project_id, _DRY_RUN_ID), fault)
    now_ms = now_ns / 1e6
    held_until_ms = None
    if not request.is_fan_out and devices[0].platform == "android":
        held_until_ms = _throttle(project, request, now_ns)
    name = _name(project_id, ledger.new_message_id())
    for device in devices:
        project.accept(device, request.message, name, now_ms=now_ms, held_until_ms=held_until_ms)
    return Sent(name, fault)


def _audience(project: Project, request: Send) -> list[Device]:
    if request.is_fan_out:
        contract.check_for_fan_out(request.message)
        return [device for device in _subscribed(project, request) if _takes(device, request)]
    device = _find_device(project, request)
    contract.check_for_platform(request.message, device.platform)
    return [device]


def _subscribed(project: Project, request: Send) -> list[Device]:
    if request.target_field == "topic":
        targets = project.subscriptions.subscribers(request.target)
    else:
        wanted, of = condition.parse(request.target), project.subscriptions.of
        targets = [target for target in project.handsets if condition.holds(wanted, of(target))]
    return [device for target in targets if (device := project.find(target)) is not None]


def _takes(device: Device, request: Send) -> bool:
    # The sender of a fan-out never hears of a device that cannot take the message.
    try:
        contract.check_for_platform(request.message, device.platform)
    except Refused:
        return False
    return True


def _throttle(project: Project, request: Send, now_ns: int) -> float | None:
    if not project.use.take_for_android(request.target, now_ns):
        raise Refused(errors.quota_exceeded())
    now_ms = now_ns / 1e6
    life = lifetime(request.message, "android", accepted_at_ms=now_ms)
    if life.collapse_key is None or life.expires_at_ms <= now_ms:
        return None
    held_until_ns = project.use.take_collapsible(request.target, now_ns)
    return held_until_ns / 1e6 if held_until_ns is not None else None


def _find_device(project: Project, request: Send) -> Device:
    device = project.find(request.target)
    is_by_fid = request.target_field == "fid"
    if device is not None and (device.target.kind == "fid" or not is_by_fid):
        return device
    # `token` takes a FID too while senders move over: an unknown one there is not malformed.
    if is_by_fid or is_fid(request.target) or is_legacy_token(request.target):
        raise Refused(errors.unregistered())
    raise Refused(errors.malformed_legacy_token())


def _name(project_id: str, message_id: str) -> str:
    return f"projects/{project_id}/messages/{message_id}"
