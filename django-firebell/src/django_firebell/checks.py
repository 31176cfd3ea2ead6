"""Names every wrong setting when Django checks the project, before a user meets it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning

from django_firebell import conf, firebase
from django_firebell.credentials import EMULATOR_HOST, AuthEmulator
from django_firebell.errors import CredentialsMissing, Misconfigured

ERROR_IDS: Final = {
    "FIREBELL": "firebell.E001",
    "CREDENTIALS": "firebell.E002",
    "PROJECT_ID": "firebell.E003",
    "SERVICE_ACCOUNT": "firebell.E004",
    "UID": "firebell.E005",
    "CLAIMS": "firebell.E006",
    "SENDERS": "firebell.E007",
    "SENDER_SECONDS": "firebell.E008",
    "CACHE_SECONDS": "firebell.E009",
    "CACHE_ALIAS": "firebell.E010",
    "REVOKE_ON_DEACTIVATION": "firebell.E011",
    "TIMEOUT_SECONDS": "firebell.E012",
    EMULATOR_HOST: "firebell.E013",
}
CREDENTIALS_MISSING: Final = "firebell.W001"
EMULATOR_IN_DEPLOYMENT: Final = "firebell.W002"


def check_settings(*, app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Report each wrong setting.

    That no key is there is a warning alone: images are built and migrations run without it.
    """
    faults = list(conf.faults()) or list(_unreadable_key())
    return [_message(fault) for fault in faults]


def check_deployment(
    *, app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn when a deployment would hand out the Auth emulator's unsigned custom tokens."""
    if list(conf.faults()) or not isinstance(conf.read().source, AuthEmulator):
        return []
    hint = f"Unset {EMULATOR_HOST}."
    message = "Custom tokens are unsigned, for the Auth emulator: Firebase will refuse them."
    return [Warning(message, hint=hint, id=EMULATOR_IN_DEPLOYMENT)]


def _unreadable_key() -> Iterator[Misconfigured]:
    try:
        firebase.credential(conf.read().source)
    except Misconfigured as fault:
        yield fault


def _message(fault: Misconfigured) -> CheckMessage:
    if isinstance(fault, CredentialsMissing):
        hint = "Until then a request for a custom token is answered with 503."
        return Warning(str(fault), hint=hint, id=CREDENTIALS_MISSING)
    return Error(str(fault), id=ERROR_IDS[fault.setting])
