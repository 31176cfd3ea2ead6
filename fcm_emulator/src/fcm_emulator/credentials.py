"""`fcm-emulator credentials`: writes a service-account file whose tokens come from the emulator.

The key is made here and is good for nothing at Google. The server reads the public half back from
such files with `read_keys`.
"""

import argparse
import json
import os
import re
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from fcm_emulator.errors import project_number
from fcm_emulator.oauth import UnreadableCredentials

# Google's service-account keys have this size, in bits.
_KEY_BITS = 2048
_PUBLIC_EXPONENT = 65_537
_PROJECT = re.compile(r"[a-z][a-z0-9-]{0,61}[a-z0-9]")


def main(arguments: list[str]) -> None:
    """Run the command; exit with 1 and a sentence if the file cannot be written."""
    options = _parser().parse_args(arguments)
    try:
        write(options.out, options.project, options.token_uri, is_forced=options.force)
    except OSError as error:
        hint = "; use --force to replace it" if isinstance(error, FileExistsError) else ""
        sys.exit(f"fcm-emulator: {options.out}: {error.strerror}{hint}")
    sys.stdout.write(f"{options.out}: service account of {options.project}\n")


def write(path: Path, project: str, token_uri: str, *, is_forced: bool = False) -> None:
    """Make an account of *project* with a new key and write its file, readable by its owner only.

    Raises:
        FileExistsError: it is there, and not *is_forced*.

    """
    mode = os.O_TRUNC if is_forced else os.O_EXCL
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | mode, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(_account(project, token_uri), file, indent=2)
        file.write("\n")


def read_keys(paths: Iterable[Path]) -> dict[str, str]:
    """Read the public keys (PEM) of service accounts, by their e-mail address.

    Raises:
        UnreadableCredentials: a file is no service account's.

    """
    return dict(_read_key(path) for path in paths)


def _read_key(path: Path) -> tuple[str, str]:
    try:
        account = json.loads(path.read_bytes())
        private = serialization.load_pem_private_key(account["private_key"].encode(), None)
        email = str(account["client_email"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableCredentials(f"{path}: not a service account's JSON file") from error
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return email, public.decode()


def _account(project: str, token_uri: str) -> dict[str, str]:
    key = rsa.generate_private_key(_PUBLIC_EXPONENT, _KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    email = f"firebase-adminsdk-{secrets.token_hex(3)}@{project}.iam.gserviceaccount.com"
    return {
        "type": "service_account",
        "project_id": project,
        "private_key_id": secrets.token_hex(20),
        "private_key": pem.decode(),
        "client_email": email,
        "client_id": f"{project_number(project)}{secrets.randbelow(10**9):09}",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": token_uri,
        "universe_domain": "googleapis.com",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fcm-emulator credentials",
        description="Write a service-account file that works with the emulator, offline.",
    )
    parser.add_argument("--project", type=_project, required=True, help="project id")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write")
    parser.add_argument(
        "--token-uri",
        default="http://127.0.0.1:9599/token",
        metavar="URI",
        help="where clients get access tokens: the emulator's /token (%(default)s)",
    )
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    return parser


def _project(text: str) -> str:
    if not _PROJECT.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text} is not a project id: a-z, 0-9 and - only")
    return text
