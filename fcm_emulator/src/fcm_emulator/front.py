"""What Google's front end checks before FCM sees a request: credential, query, content type."""

from collections.abc import Collection, Mapping

from starlette.requests import Request

from fcm_emulator import credential_errors, errors
from fcm_emulator.oauth import Issuer
from fcm_emulator.refusal import Refusal, Refused, Violation

# Query parameters that every method of Google's takes (discovery document, "parameters").
_SYSTEM_PARAMETERS = frozenset(
    {
        "$.xgafv",
        "access_token",
        "alt",
        "callback",
        "fields",
        "key",
        "oauth_token",
        "prettyPrint",
        "quotaUser",
        "uploadType",
        "upload_protocol",
    }
)
_BOOLEANS = {"true": True, "false": False}


def bearer(request: Request) -> str:
    """Give the access token that a request carries, "" without one."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and (value := value.strip()):
        return value
    return request.query_params.get("access_token") or ""


def check_credential(request: Request, issuer: Issuer) -> None:
    """Judge the access token.

    Raises:
        Refused: there is none, or the emulator issued it and it is expired or not for sending, or
            only issued ones are taken and this is another.

    """
    value = bearer(request)
    if not value:
        raise Refused(credential_errors.missing())
    issuer.check(value)


def read_query(request: Request, spellings: Mapping[str, str]) -> dict[str, str]:
    """Give the parameters of a method by their canonical names; the last of a name wins.

    Args:
        request: Whose query it is.
        spellings: The canonical name of every spelling that the method takes.

    Raises:
        Refused: there is one that neither the method nor Google knows.

    """
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in spellings:
            found[spellings[name]] = value
        elif name not in _SYSTEM_PARAMETERS:
            raise Refused(errors.unbindable(name))
    return found


def check_query(request: Request, own: Collection[str] = ()) -> None:
    """Refuse parameters that neither Google nor, by its *own* names, the method knows."""
    for name in request.query_params:
        if name not in _SYSTEM_PARAMETERS and name not in own:
            raise Refused(errors.unbindable(name))


def check_content_type(request: Request) -> None:
    """Refuse a body that does not claim to be JSON."""
    content_type = request.headers.get("content-type", "application/json")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise Refused(errors.unsupported_content_type(media_type))


def as_bool(name: str, text: str) -> bool:
    """Read a parameter that is true or false.

    Raises:
        Refused: it is neither.

    """
    if text not in _BOOLEANS:
        raise Refused(_unfit(name, "TYPE_BOOL", text))
    return _BOOLEANS[text]


def as_int32(name: str, text: str) -> int:
    """Read a parameter that is a whole number.

    Raises:
        Refused: it is none, or has more than 32 bits.

    """
    digits = text.removeprefix("-")
    if not (
        digits.isascii()
        and digits.isdigit()
        and len(digits) <= 10
        and -(2**31) <= int(text) < 2**31
    ):
        raise Refused(_unfit(name, "TYPE_INT32", text))
    return int(text)


def _unfit(name: str, kind: str, text: str) -> Refusal:
    description = f"Invalid value at '{name}' ({kind}), \"{text[:100]}\""
    return errors.unreadable([Violation(field=name, description=description)])
