"""The files that https needs: a certificate for the names in question, and who vouches for it.

Made at the first start and kept; nothing here serves.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509

# This machine's names, and those of Google's that a hosts file may point here.
NAMES = (
    "localhost",
    "127.0.0.1",
    "::1",
    "fcm.googleapis.com",
    "iid.googleapis.com",
    "oauth2.googleapis.com",
    "firebaseinstallations.googleapis.com",
    "fcmregistrations.googleapis.com",
)
# Apple's platforms take no certificate that is valid for longer than 825 days.
_VALIDITY = timedelta(days=820)
# Renewed this early, so that none ends under a running emulator.
_RENEWAL = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Paths of PEM files; clients are told to trust *authority*."""

    authority: Path
    server: Path
    server_key: Path


def ensure(state_dir: Path) -> Certificates:
    """Give the certificates under *state_dir*, made now if there are none that hold.

    The authority signs one certificate and its own key is then forgotten: whoever trusts it trusts
    nothing else.

    Raises:
        OSError: the folder cannot be written.

    """
    folder = state_dir / "tls"
    found = Certificates(
        authority=folder / "authority.pem",
        server=folder / "server.pem",
        server_key=folder / "server.key",
    )
    if not _holds(found):
        _make(folder, found)
    return found


def default_state_dir() -> Path:
    """Give the folder for what outlives a run: XDG's, by the user's environment."""
    home = os.environ.get("XDG_STATE_HOME", "")
    base = Path(home) if os.path.isabs(home) else Path.home() / ".local" / "state"
    return base / "fcm-emulator"


def _holds(found: Certificates) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(found.server.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (FileNotFoundError, ValueError, x509.ExtensionNotFound):
        return False
    held = {str(name.value) for name in names}
    ends_at = certificate.not_valid_after_utc
    is_complete = found.authority.is_file() and found.server_key.is_file()
    return is_complete and held >= set(NAMES) and ends_at > datetime.now(UTC) + _RENEWAL


def _make(folder: Path, found: Certificates) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Complete elsewhere first (mkdtemp: 0700), then moved: two first starts at once do not mix.
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix="tls-"))
    try:
        _write(fresh)
        try:
            fresh.rename(folder)
        except OSError:
            # Either another emulator was faster and its certificates serve, or they are outdated.
            if not _holds(found):
                folder.rename(fresh / "outdated")
                fresh.rename(folder)
                shutil.rmtree(folder / "outdated")
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write(folder: Path) -> None:
    authority = trustme.CA(
        organization_name="FCM emulator", organization_unit_name="made on this machine"
    )
    now = datetime.now(UTC)
    issued = authority.issue_cert(
        *NAMES,
        organization_name="FCM emulator",
        not_before=now - timedelta(days=1),
        not_after=now + _VALIDITY,
    )
    authority.cert_pem.write_to_path(folder / "authority.pem")
    for blob in issued.cert_chain_pems:
        blob.write_to_path(folder / "server.pem", append=True)
    key = folder / "server.key"
    key.touch(mode=0o600)
    issued.private_key_pem.write_to_path(key)
