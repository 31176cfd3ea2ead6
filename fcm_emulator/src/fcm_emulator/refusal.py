"""The shape of a reply that is not a success: `google.rpc.Status` and its details, over HTTP.

Shape only; which reply says what stands in `errors`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

JSON = "application/json; charset=UTF-8"

_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that is wrong with a request; *field* is empty for the request as a whole."""

    field: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A complete reply that is not a success."""

    http_status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str]

    def with_retry_after(self, seconds: int) -> "Refusal":
        """Add the header that asks the client to wait."""
        return replace(self, headers={**self.headers, "Retry-After": str(seconds)})


class Refused(Exception):
    """The request ends here with *refusal* as its reply."""

    def __init__(self, refusal: Refusal, *, delay_s: float = 0) -> None:
        """Keep the reply; the message is its body, for whoever sees it in a traceback.

        Args:
            refusal: The reply.
            delay_s: How long to hold it back.

        """
        super().__init__(refusal.body.decode())
        self.refusal = refusal
        self.delay_s = delay_s


def status(
    http_status: int, canonical: str, message: str, *details: Mapping[str, Any], **headers: str
) -> Refusal:
    """Shape a `google.rpc.Status`; a keyword such as `www_authenticate` becomes a header."""
    error: dict[str, Any] = {"code": http_status, "message": message, "status": canonical}
    if details:
        error["details"] = details
    return Refusal(
        http_status=http_status,
        body=msgspec.json.encode({"error": error}),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def fcm_error(code: str) -> dict[str, str]:
    """Build the one detail from which clients take FCM's code."""
    return {"@type": _FCM_ERROR, "errorCode": code}


def bad_request(violations: Sequence[Violation]) -> dict[str, Any]:
    """Build the detail that names fields."""
    fields = [
        {"field": v.field, "description": v.description}
        if v.field
        else {"description": v.description}
        for v in violations
    ]
    return {"@type": _BAD_REQUEST, "fieldViolations": fields} if fields else {"@type": _BAD_REQUEST}


def error_info(reason: str, domain: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Build the detail that Google's front ends add: a reason within a domain."""
    return {"@type": _ERROR_INFO, "reason": reason, "domain": domain, "metadata": metadata}
