"""`messages:send`: bytes in, reply out; the one place where the contract meets the ledger."""

from fcm_emulator import contract, errors
from fcm_emulator.contract import Send
from fcm_emulator.device import Device
from fcm_emulator.ledger import Ledger
from fcm_emulator.project import Project
from fcm_emulator.refusal import Refused
from fcm_emulator.targets import is_fid, is_legacy_token

# What FCM answers instead of an id when it was asked only to validate.
_DRY_RUN_ID = "fake_message_id"


def send(ledger: Ledger, project_id: str, body: bytes) -> str:
    """Accept a message.

    The order is FCM's as far as it shows: the request is judged first, then a scripted fault, then
    the registration, then what depends on the device.

    Returns:
        The name of the accepted message.

    Raises:
        Refused: with the reply to give.

    """
    request = contract.parse(body)
    project = ledger.project(project_id)
    _raise_fault(project, project_id, request.target)
    now_ns = project.now_ns()
    message_id = _DRY_RUN_ID
    if request.target_field in ("topic", "condition"):
        if not request.is_dry_run:
            raise Refused(errors.fan_out_unimplemented(request.target_field))
    else:
        device = _find_device(project, request)
        contract.check_for_platform(request.message, device.platform)
        if not request.is_dry_run:
            message_id = ledger.new_message_id(now_ns)
            name = _name(project_id, message_id)
            project.accept(device, request.message, name, now_ms=now_ns / 1e6)
    return _name(project_id, message_id)


def _raise_fault(project: Project, project_id: str, target: str) -> None:
    fault = project.take_fault(target)
    if fault is None:
        return
    refusal = errors.SCRIPTABLE[fault.error](project_id)
    if fault.retry_after_s is not None:
        refusal = refusal.with_retry_after(fault.retry_after_s)
    raise Refused(refusal)


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
