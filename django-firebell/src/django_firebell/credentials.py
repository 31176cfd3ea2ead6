"""Decides where custom tokens get their signature from: a key, Google's own, or the emulator.

Reads files and asks nothing of the network. What a credential holds is never put into an error:
a string that is no path may well be the key itself, pasted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from django_firebell.errors import CredentialsMissing, Misconfigured

APPLICATION_DEFAULT: Final = "application default"
EMULATOR_HOST: Final = "FIREBASE_AUTH_EMULATOR_HOST"  # the SDK reads it too
PROJECT_VARIABLES: Final = ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT")
_KEY_FIELDS: Final = ("project_id", "client_email", "private_key", "token_uri")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountKey:
    """A service account's key, which signs on this machine."""

    info: Mapping[str, Any] = field(repr=False)
    project_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationDefault:
    """Whatever account this machine runs as; Google's IAM service signs."""

    project_id: str | None
    service_account: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthEmulator:
    """The Auth emulator, which takes custom tokens without a signature."""

    host: str
    project_id: str


Source: TypeAlias = ServiceAccountKey | ApplicationDefault | AuthEmulator


def source(raw: Mapping[str, Any], environment: Mapping[str, str]) -> Source:
    """Decide the source; a set `FIREBASE_AUTH_EMULATOR_HOST` wins over every setting.

    Args:
        raw: The `FIREBELL` settings, with defaults.
        environment: As `os.environ`.

    Raises:
        CredentialsMissing: no credentials are set, or the file they name is not there.
        Misconfigured: they are there and unusable.

    """
    project_id = _text(raw, "PROJECT_ID") or _first(environment, PROJECT_VARIABLES)
    host = environment.get(EMULATOR_HOST, "")
    if host:
        return _emulator(host, project_id)
    credentials = raw["CREDENTIALS"]
    if not credentials:
        raise CredentialsMissing(
            "CREDENTIALS",
            "is not set: give the path of a service account key, its JSON, or"
            f' "{APPLICATION_DEFAULT}"; for local work start the Auth emulator'
            f" and set {EMULATOR_HOST}",
        )
    if credentials == APPLICATION_DEFAULT:
        return ApplicationDefault(
            project_id=project_id, service_account=_text(raw, "SERVICE_ACCOUNT")
        )
    info = _key(credentials)
    return ServiceAccountKey(info=info, project_id=_text(raw, "PROJECT_ID") or info["project_id"])


def _emulator(host: str, project_id: str | None) -> AuthEmulator:
    if "//" in host or ":" not in host:
        raise Misconfigured(EMULATOR_HOST, "must be host:port, without http://")
    if project_id is None:
        raise Misconfigured(
            "PROJECT_ID",
            f"is not set: {EMULATOR_HOST} is, so name the emulator's project here"
            f" or in {PROJECT_VARIABLES[0]}",
        )
    return AuthEmulator(host=host, project_id=project_id)


def _key(credentials: object) -> Mapping[str, Any]:
    match credentials:
        case Mapping():
            info = dict(credentials)
        case str() if credentials.lstrip().startswith("{"):
            info = _parsed(credentials)
        case str() | Path():
            info = _parsed(_contents(Path(credentials)))
        case _:
            raise Misconfigured("CREDENTIALS", "must be a path, a service account key or its JSON")
    absent = [name for name in _KEY_FIELDS if not isinstance(info.get(name), str)]
    if info.get("type") != "service_account" or absent:
        lacks = f"; it lacks {', '.join(absent)}" if absent else ""
        raise Misconfigured("CREDENTIALS", f"is not the key of a service account{lacks}")
    return info


def _contents(path: Path) -> str:
    # Only what looks like a key file's name is repeated: the text may be a key pasted by mistake.
    name = f'names the file "{path}", which' if path.suffix == ".json" else "names a file that"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CredentialsMissing(
            "CREDENTIALS", f"{name} does not exist: put the service account key there"
        ) from None
    except (OSError, ValueError) as error:
        # `from None`: an OSError repeats the whole path, which may be that pasted key.
        raise Misconfigured(
            "CREDENTIALS", f"{name} is unreadable ({type(error).__name__})"
        ) from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        info = json.loads(text)
    except json.JSONDecodeError as error:
        # `from None`: the decoding error carries the document, and that is the key.
        raise Misconfigured(
            "CREDENTIALS", f"is not JSON (line {error.lineno}, column {error.colno})"
        ) from None
    if not isinstance(info, dict):
        raise Misconfigured("CREDENTIALS", "is JSON but no object")
    return info


def _text(raw: Mapping[str, Any], setting: str) -> str | None:
    value = raw[setting]
    if value is None or isinstance(value, str):
        return value or None
    raise Misconfigured(setting, "must be a string or None")


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environment[name] for name in names if environment.get(name)), None)
