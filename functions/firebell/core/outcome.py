"""Sort FCM's answers by code and details, never by their sentences.

FCM names its code only in the detail of type FcmError; a project's quota answers without one,
gateways answer HTML, and some failures bring no answer at all.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from firebell.core import schema
from firebell.core.deliveries import (
    Accepted,
    BadRequest,
    ConfigurationFault,
    FcmReply,
    Gone,
    Outcome,
    Suspect,
    TryAgain,
)

MAX_CODE_CHARS = 100
"""Characters kept of an error code; FCM's longest has 22."""
MAX_NAME_CHARS = 500
"""Characters kept of an accepted message's name; FCM's have some 80."""
MAX_FIELD_CHARS = 500
"""Characters kept of the path to a refused field."""
MAX_PROBLEM_CHARS = 1_000
"""Characters kept of what FCM says is wrong with it: a delivery's document holds 1 MiB in all."""

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_TARGET_FIELDS = frozenset({"message.token", "message.fid"})
_SECONDS = re.compile(r"\s*\d+\s*\Z", re.ASCII)
_CONFIGURATION = frozenset({"SENDER_ID_MISMATCH", "THIRD_PARTY_AUTH_ERROR", "APNS_AUTH_ERROR"})


def classify(reply: FcmReply) -> Outcome:
    """Say what *reply* means for the device it is about."""
    if reply.status == 0:
        return TryAgain(code=reply.fault or "NO_REPLY")
    body = _json(reply.body)
    if reply.status == 200:
        name = body.get("name")
        if not isinstance(name, str):
            return TryAgain(code="BAD_REPLY")
        return Accepted(message_name=_storable(name, MAX_NAME_CHARS))
    code = fcm_code(body)
    if code == "UNREGISTERED":
        return Gone(code=code)
    if code in _CONFIGURATION:
        return ConfigurationFault(code=code)
    if reply.status == 429:
        return _over_quota(reply, code)
    if reply.status >= 500 or reply.status == 408:
        return TryAgain(code=code or f"HTTP_{reply.status}", after_s=_seconds(reply.retry_after))
    if reply.status == 400:
        return _invalid(code or "INVALID_ARGUMENT", body)
    return ConfigurationFault(code=code or f"HTTP_{reply.status}")


def is_expired_access(reply: FcmReply) -> bool:
    """Tell whether *reply* refuses our access token, which a new one cures.

    A 401 with a code of FCM's own is about APNs or web push keys, and is not that.
    """
    return reply.status == 401 and fcm_code(_json(reply.body)) is None


def fcm_code(body: Mapping[str, Any]) -> str | None:
    """Return the code in the FcmError detail of an error *body*, or None."""
    detail = _detail(body, _FCM_ERROR)
    code = detail.get("errorCode") if detail else None
    return _storable(code, MAX_CODE_CHARS) if isinstance(code, str) else None


def _invalid(code: str, body: Mapping[str, Any]) -> Outcome:
    """Tell a refused target from a refused message.

    Violations that name only the target mean the target; so does INVALID_ARGUMENT in FcmError with
    no BadRequest beside it. A BadRequest without violations is what a message over the limit gets.
    """
    detail = _detail(body, _BAD_REQUEST)
    violations = detail.get("fieldViolations") if detail else None
    found = (
        [v for v in violations if isinstance(v, Mapping)] if isinstance(violations, list) else []
    )
    wrong = next((v for v in found if str(v.get("field")) not in _TARGET_FIELDS), None)
    if wrong is not None:
        field = str(wrong.get("field") or "message")
        problem = str(wrong.get("description") or "refused by FCM without saying why")
        return BadRequest(
            code=code,
            field=_storable(field, MAX_FIELD_CHARS),
            problem=_storable(problem, MAX_PROBLEM_CHARS),
        )
    if found or (detail is None and fcm_code(body) == "INVALID_ARGUMENT"):
        return Suspect(code=code)
    return BadRequest(code=code, field="message", problem="refused by FCM without naming a field")


def _over_quota(reply: FcmReply, code: str | None) -> TryAgain:
    """Tell a device over its own rate, which FcmError names, from a project over its quota."""
    wait = _seconds(reply.retry_after)
    if code is not None:
        return TryAgain(code=code, after_s=wait)
    return TryAgain(
        code="RATE_LIMIT_EXCEEDED", after_s=schema.QUOTA_BACKOFF_S if wait is None else wait
    )


def _storable(text: str, most: int) -> str:
    """Return *text* as Firestore takes it: *most* characters, and none that UTF-8 has not.

    JSON can say half of a surrogate pair. A delivery that could not be written would be sent again.
    """
    return text[:most].encode(errors="replace").decode()


def _seconds(retry_after: str | None) -> float | None:
    """Read Retry-After's seconds, at most a delivery's life.

    Its date form, which FCM does not use, counts as absent.
    """
    if retry_after is None or not _SECONDS.match(retry_after):
        return None
    return min(float(retry_after), float(schema.GIVE_UP_AFTER_S))


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body.decode())  # which spares json to guess the encoding
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _detail(body: Mapping[str, Any], type_url: str) -> Mapping[str, Any] | None:
    error = body.get("error")
    details = error.get("details") if isinstance(error, Mapping) else None
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, Mapping) and detail.get("@type") == type_url:
            return detail
    return None
