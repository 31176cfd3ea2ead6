"""FCM HTTP v1: its address, our access to it, a message's body; pushes in, `FcmReply`s out.

It decides nothing, and leaves connections to `transfer`. The seam is `Sender`: one method, so that
another engine could stand behind it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import certifi

from firebell.access import Access, GoogleAccess, StaticAccess
from firebell.config import Settings
from firebell.core import outcome
from firebell.core.deliveries import FcmReply
from firebell.core.model import Fid, Target
from firebell.errors import Misconfigured, Unavailable
from firebell.transfer import Transfers

_NO_ACCESS = FcmReply(status=0, fault="NO_ACCESS_TOKEN")
_SEND, _VALIDATE = b'{"message":{', b'{"validate_only":true,"message":{'
_SAFE_TARGET = re.compile(r"[A-Za-z0-9_:.%=-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One message for one target.

    `payload` is the message's JSON without its target; many pushes share it.
    """

    target: Target
    payload: bytes


class Sender(Protocol):
    """Sends messages and says what FCM answered."""

    def send(self, pushes: Sequence[Push], *, validate_only: bool = False) -> list[FcmReply]:
        """Send *pushes*, or have FCM only validate them; return their replies in order."""


def connect(settings: Settings) -> Sender:
    """Return a sender to FCM, or to its emulator where FCM_EMULATOR_HOST names one."""
    host, project_id = settings.fcm_emulator_host, settings.project_id
    if host is not None:
        return Fcm(origin=f"http://{host}", project_id=project_id, access=StaticAccess("owner"))
    if settings.is_emulator:
        return NoFcm()
    return Fcm(origin="https://fcm.googleapis.com", project_id=project_id, access=GoogleAccess())


class Fcm:
    """Sends messages to FCM. Thread-safe: every request thread of an instance shares one."""

    def __init__(
        self, *, origin: str, project_id: str, access: Access, ca_file: str | None = None
    ) -> None:
        """Send to *origin* (scheme and host) for *project_id*; plain http speaks HTTP/2 at once.

        The authorities trusted are those in *ca_file*; None means certifi's.
        """
        url = f"{origin}/v1/projects/{project_id}/messages:send"
        self._access = access
        self._transfers = Transfers(url, ca_file or certifi.where())

    def send(self, pushes: Sequence[Push], *, validate_only: bool = False) -> list[FcmReply]:
        """Send *pushes*; return their replies in order. An empty sequence sends nothing.

        With *validate_only* FCM answers as if it sent, for message and target alike, and delivers
        nothing.

        A refused access token is renewed once. A connection lost before any reply is retried once;
        what FCM had taken nevertheless replaces itself on the device.

        Raises:
            Misconfigured: There are no credentials to send with.

        **Cost:** 1 FCM request each.

        """
        opening = _VALIDATE if validate_only else _SEND
        bodies = [_body(push, opening) for push in pushes]
        try:
            bearer = self._access.bearer()
        except Unavailable:
            return [_NO_ACCESS] * len(bodies)
        replies = self._post_all(bodies, bearer)
        refused = [i for i, reply in enumerate(replies) if outcome.is_expired_access(reply)]
        if refused:
            again = self._send_renewed([bodies[i] for i in refused], bearer)
            for i, reply in zip(refused, again, strict=True):
                replies[i] = reply
        return replies

    def _send_renewed(self, bodies: Sequence[bytes], refused: str) -> list[FcmReply]:
        try:
            bearer = self._access.renew(refused)
        except Unavailable:
            return [_NO_ACCESS] * len(bodies)
        return self._post_all(bodies, bearer)

    def _post_all(self, bodies: Sequence[bytes], bearer: str) -> list[FcmReply]:
        headers = [f"Authorization: Bearer {bearer}", "Content-Type: application/json"]
        return self._transfers.post_all(bodies, headers)


class NoFcm:
    """Refuses to send: a Functions emulator without an FCM emulator must not reach real phones."""

    def send(self, pushes: Sequence[Push], *, validate_only: bool = False) -> list[FcmReply]:
        """Refuse.

        Raises:
            Misconfigured: Always.

        """
        raise Misconfigured(
            "FCM_EMULATOR_HOST", "is unset; the Functions emulator must not send through Google"
        )


def _body(push: Push, opening: bytes) -> bytes:
    """Splice the target into the payload, which is serialized once for all who share it."""
    kind = b"fid" if isinstance(push.target, Fid) else b"token"
    value = push.target.value
    quoted = f'"{value}"' if _SAFE_TARGET.fullmatch(value) else json.dumps(value)
    return b'%b"%b":%b,%b}' % (opening, kind, quoted.encode(), push.payload[1:])
