"""What Google's front end answers to a request whose credentials do not do."""

from fcm_emulator.refusal import Refusal, error_info, status

_METADATA = {
    "service": "fcm.googleapis.com",
    "method": "google.firebase.fcm.v1.FcmService.SendMessage",
}
_REALM = 'Bearer realm="https://accounts.google.com/"'
_HINT = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


def missing() -> Refusal:
    """Say that the request carries no bearer."""
    return status(
        401,
        "UNAUTHENTICATED",
        f"Request is missing required authentication credential. {_HINT}",
        error_info("CREDENTIALS_MISSING", "googleapis.com", _METADATA),
        WWW_Authenticate=_REALM,
    )


def expired() -> Refusal:
    """Say that the bearer was good and no longer is."""
    return _invalid("ACCESS_TOKEN_EXPIRED")


def unknown() -> Refusal:
    """Say that the bearer never was one."""
    return _invalid("ACCESS_TOKEN_TYPE_UNSUPPORTED")


def insufficient_scope() -> Refusal:
    """Say that the bearer was not made for sending."""
    return status(
        403,
        "PERMISSION_DENIED",
        "Request had insufficient authentication scopes.",
        error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", _METADATA),
        WWW_Authenticate=f'{_REALM}, error="insufficient_scope"',
    )


def _invalid(reason: str) -> Refusal:
    return status(
        401,
        "UNAUTHENTICATED",
        f"Request had invalid authentication credentials. {_HINT}",
        error_info(reason, "googleapis.com", _METADATA),
        WWW_Authenticate=f'{_REALM}, error="invalid_token"',
    )
