"""Sends the Python admin SDK's messaging to the emulator, by `with redirected("127.0.0.1:9599")`.

The SDK has no option for FCM's address, so this leans on its private parts: tried with
firebase-admin 7.7.0, other versions may need another way. The SDK is imported on first use: the
emulator does not need it. `python -m fcm_emulator.redirect` prints where the Node helper is.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NODE_HELPER = Path(__file__).with_name("redirect.cjs")

_GOOGLE = "https://fcm.googleapis.com"


@contextmanager
def redirected(address: str) -> Iterator[None]:
    """Send what apps use messaging for the first time inside the block to the emulator.

    All of it: sends, sync and async, topics, and the older topic calls. Such an app stays with the
    emulator after the block; an app that used messaging before it stays with Google.

    Args:
        address: `host:port`, or a URL if the emulator is reached by https.

    """
    from firebase_admin import messaging  # noqa: PLC0415 - the emulator runs without the SDK

    google = messaging._MessagingService
    messaging._MessagingService = _service(google, _base(address))
    try:
        yield
    finally:
        messaging._MessagingService = google


def credential() -> Any:
    """Make a credential for `initialize_app` that needs no account and no network."""
    import google.auth.credentials  # noqa: PLC0415 - the emulator runs without the SDK
    from firebase_admin import credentials  # noqa: PLC0415 - the same

    class Owner(google.auth.credentials.Credentials):
        def __init__(self) -> None:
            super().__init__()  # type: ignore[no-untyped-call] # google-auth leaves it unannotated
            self.token = "owner"  # noqa: S105 - any bearer will do

        def refresh(self, _request: object) -> None:
            """Keep the bearer; it never expires."""

    class Emulated(credentials.Base):  # type: ignore[misc] # the SDK ships no types
        def get_credential(self) -> Owner:
            return Owner()

    return Emulated()


def _service(google: Any, base: str) -> Any:
    class Redirected(google):  # type: ignore[misc] # the SDK ships no types
        FCM_URL = f"{base}/v1/projects/{{0}}/messages:send"
        IID_URL = base

        def __init__(self, app: Any) -> None:
            super().__init__(app)
            self._fcm_topic_url = f"{base}/v1/projects/{app.project_id}/registrations"
            # The same number of connections and the same retries as towards Google.
            self._client.session.mount(base, self._client.session.get_adapter(_GOOGLE))

    return Redirected


def _base(address: str) -> str:
    return address.rstrip("/") if "://" in address else f"http://{address}"


if __name__ == "__main__":
    sys.stdout.write(f"{NODE_HELPER}\n")
