"""Every reply of FCM that is not a success, and nothing that decides when to give it.

The wording is Google's where it is known, from bodies that clients were seen to receive. Clients
decide on `FcmError.errorCode` and `status`, never on sentences: where no body is known, ours says
what is wrong.
"""

import zlib
from collections.abc import Sequence

from fcm_emulator.refusal import (
    Refusal,
    Violation,
    bad_request,
    error_info,
    fcm_error,
    status,
)

_HELP = "type.googleapis.com/google.rpc.Help"
_QUOTA_FAILURE = "type.googleapis.com/google.rpc.QuotaFailure"

# Google's default for a project (FCM documentation, "Throttling and quotas").
_SENDS_PER_MINUTE = 600_000


def unreadable(violations: Sequence[Violation]) -> Refusal:
    """Refuse what does not fit the schema: Google's front end answers, without `FcmError`."""
    message = "\n".join(v.description for v in violations)
    return status(400, "INVALID_ARGUMENT", message, bad_request(violations))


def invalid_argument(violations: Sequence[Violation], message: str | None = None) -> Refusal:
    """Refuse what fits the schema and breaks a rule of FCM's."""
    return status(
        400,
        "INVALID_ARGUMENT",
        message or "Request contains an invalid argument.",
        bad_request(violations),
        fcm_error("INVALID_ARGUMENT"),
    )


def unbindable(name: str) -> Refusal:
    """Refuse a query parameter that the method does not have."""
    shown = name[:100]
    text = (
        f'Invalid JSON payload received. Unknown name "{shown}": Cannot bind query parameter. '
        f"Field '{shown}' could not be found in request message."
    )
    return unreadable([Violation(field="", description=text)])


def unsupported_content_type(media_type: str) -> Refusal:
    """Refuse a body that does not claim to be JSON."""
    text = f"Content-Type '{media_type[:100]}' is not supported; send application/json."
    return status(400, "INVALID_ARGUMENT", text)


def body_too_large(limit_bytes: int) -> Refusal:
    """Refuse a body that Google's front end would not hand on."""
    text = f"Request payload size exceeds the limit: {limit_bytes} bytes."
    return status(400, "INVALID_ARGUMENT", text)


def broken_body() -> Refusal:
    """Refuse a body that ends early or is framed wrongly."""
    return status(400, "INVALID_ARGUMENT", "The request body ends early or is malformed.")


def slow_client() -> Refusal:
    """Give up on a body that does not come to its end."""
    text = "Your client has taken too long to issue its request."
    return status(408, "DEADLINE_EXCEEDED", text)


def no_recipient() -> Refusal:
    """Refuse a message without target."""
    text = "Recipient of the message is not set."
    return invalid_argument([Violation(field="message", description=text)], text)


def too_big() -> Refusal:
    """Refuse a payload over the limit; FCM names no field and says Android for every platform."""
    return status(
        400,
        "INVALID_ARGUMENT",
        "Android message is too big",
        bad_request([]),
        fcm_error("INVALID_ARGUMENT"),
    )


def malformed_legacy_token() -> Refusal:
    """Refuse a `token` that is neither a registration token nor a FID."""
    text = "The registration token is not a valid FCM registration token"
    return status(400, "INVALID_ARGUMENT", text, fcm_error("INVALID_ARGUMENT"))


def unregistered() -> Refusal:
    """Say that nothing is registered under the target."""
    text = "Requested entity was not found."
    return status(404, "NOT_FOUND", text, fcm_error("UNREGISTERED"))


def sender_id_mismatch() -> Refusal:
    """Say that the target belongs to another sender."""
    return status(403, "PERMISSION_DENIED", "SenderId mismatch", fcm_error("SENDER_ID_MISMATCH"))


def third_party_auth(code: str) -> Refusal:
    """Say that Apple or the web push service refused the project's credentials."""
    text = "Auth error from APNS or Web Push Service"
    return status(401, "UNAUTHENTICATED", text, fcm_error(code))


def quota_exceeded() -> Refusal:
    """Say that a device gets too many messages."""
    failure = {
        "@type": _QUOTA_FAILURE,
        "violations": [{"subject": "device", "description": "Device message rate exceeded"}],
    }
    text = "Message rate exceeded. Retry with exponential backoff."
    return status(429, "RESOURCE_EXHAUSTED", text, failure, fcm_error("QUOTA_EXCEEDED"))


def topic_quota() -> Refusal:
    """Say that a topic gets too many messages, or too many subscribers at once."""
    failure = {
        "@type": _QUOTA_FAILURE,
        "violations": [{"subject": "topic", "description": "Topic quota exceeded"}],
    }
    text = "Topic quota exceeded."
    return status(429, "RESOURCE_EXHAUSTED", text, failure, fcm_error("QUOTA_EXCEEDED"))


def project_quota(project: str, limit: int = _SENDS_PER_MINUTE) -> Refusal:
    """Say that the project sends too fast: the one 429 without `FcmError`."""
    number = project_number(project)
    metadata = {
        "quota_limit": "SendsPerMinutePerProject",
        "quota_metric": "fcm.googleapis.com/send_requests",
        "quota_unit": "1/min/{project}",
        "quota_limit_value": str(limit),
        "quota_location": "global",
        "service": "fcm.googleapis.com",
        "consumer": f"projects/{number}",
    }
    link = {
        "description": "Request a higher quota limit.",
        "url": "https://cloud.google.com/docs/quotas/help/request_increase",
    }
    return status(
        429,
        "RESOURCE_EXHAUSTED",
        "Quota exceeded for quota metric 'Send requests' and limit 'Send requests per minute' of "
        f"service 'fcm.googleapis.com' for consumer 'project_number:{number}'.",
        error_info("RATE_LIMIT_EXCEEDED", "googleapis.com", metadata),
        {"@type": _HELP, "links": [link]},
    )


def unavailable() -> Refusal:
    """Say that the service is overloaded."""
    text = "The service is currently unavailable."
    return status(503, "UNAVAILABLE", text, fcm_error("UNAVAILABLE"))


def internal() -> Refusal:
    """Say that FCM itself failed."""
    return status(500, "INTERNAL", "Internal error encountered.", fcm_error("INTERNAL"))


def unspecified() -> Refusal:
    """Say that something failed and give no guidance."""
    return status(500, "UNKNOWN", "Unknown error.", fcm_error("UNSPECIFIED_ERROR"))


def iam_denied(project: str) -> Refusal:
    """Say that the caller may not send for the project."""
    permission = "cloudmessaging.messages.create"
    resource = f"//cloudresourcemanager.googleapis.com/projects/{project}"
    domain = "cloudresourcemanager.googleapis.com"
    metadata = {"resource": f"projects/{project}", "permission": permission}
    return status(
        403,
        "PERMISSION_DENIED",
        f"Permission '{permission}' denied on resource '{resource}' (or it may not exist).",
        error_info("IAM_PERMISSION_DENIED", domain, metadata),
    )


def html_bad_gateway() -> Refusal:
    """Answer as a front end that never reached FCM: a page, not JSON."""
    page = (
        b"<!DOCTYPE html>\n<html lang=en>\n<title>Error 502 (Server Error)!!1</title>\n"
        b"<p><b>502.</b> The server encountered a temporary error.\n"
        b"<p>Please try again in 30 seconds.\n"
    )
    return Refusal(http_status=502, body=page, content_type="text/html; charset=UTF-8", headers={})


def project_number(project: str) -> str:
    """Give *project* the twelve digits that Google's messages name it by, always the same ones."""
    return str(100_000_000_000 + zlib.crc32(project.encode()))
