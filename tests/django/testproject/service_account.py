"""Makes service account keys, as the console hands them out, for accounts that do not exist."""

import socket

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PROJECT = "demo-firebell"
ACCOUNT = "django@demo-firebell.iam.gserviceaccount.com"


def key_of(private_key: rsa.RSAPrivateKey) -> dict[str, str]:
    """Write *private_key* as the service account key that Google's console downloads."""
    pem = private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": ACCOUNT,
        "token_uri": f"http://127.0.0.1:{closed_port()}/token",
    }


def closed_port() -> int:
    """Find a port where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
