"""FCM HTTP v1: address, access, bounded concurrency, deadlines; a request in, an `FcmReply` out.

It decides nothing. One thread per instance owns all connections (libcurl, HTTP/2); callers hand
over and wait. The seam is `Sender`: one method, so that another engine could stand behind it.
"""

import asyncio
import io
import json
import re
import threading
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeVar

import certifi
import pycurl

from firebell.access import Access, GoogleAccess, StaticAccess
from firebell.config import Settings
from firebell.core import outcome
from firebell.core.deliveries import FcmReply
from firebell.core.model import Fid, Target
from firebell.errors import Misconfigured, Unavailable

T = TypeVar("T")

CONNECTIONS = 10
"""Connections to FCM at most; each carries `STREAMS` requests at once."""
STREAMS = 100
"""Concurrent HTTP/2 streams of one connection: what FCM's servers allow."""
CONNECT_TIMEOUT_S = 10
REPLY_TIMEOUT_S = 20
"""Seconds until a request counts as lost: FCM asks for 10 at least, and two fit into a function."""
IDLE_CONNECTION_S = 60
"""Seconds an idle connection is kept: a frozen instance does not see its peer leave."""

_NO_ACCESS = FcmReply(status=0, fault="NO_ACCESS_TOKEN")
_SEND, _VALIDATE = b'{"message":{', b'{"validate_only":true,"message":{'
_SAFE_TARGET = re.compile(r"[A-Za-z0-9_:.%=-]+")
_CLOSED_UNANSWERED = frozenset(
    {pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR, pycurl.E_GOT_NOTHING, pycurl.E_HTTP2}
)


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

    def __init__(self, *, origin: str, project_id: str, access: Access) -> None:
        """Send to *origin* (scheme and host) for *project_id*; plain http speaks HTTP/2 at once."""
        self._url = f"{origin}/v1/projects/{project_id}/messages:send"
        self._access = access
        self._in_flight = asyncio.Semaphore(CONNECTIONS * STREAMS)
        self._idle: list[pycurl.Curl] = []
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

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
        replies = self._run(self._post_all(bodies, bearer))
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
        return self._run(self._post_all(bodies, bearer))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.SelectorEventLoop()
                threading.Thread(
                    target=self._loop.run_forever, name="fcm-sender", daemon=True
                ).start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    @cached_property
    def _multi(self) -> pycurl.AsyncCurlMulti:
        """Return the connections; only the sender thread touches them."""
        multi = pycurl.AsyncCurlMulti()
        multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, CONNECTIONS)
        multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, STREAMS)
        return multi

    async def _post_all(self, bodies: Sequence[bytes], bearer: str) -> list[FcmReply]:
        headers = [f"Authorization: Bearer {bearer}", "Content-Type: application/json", "Expect:"]
        return list(await asyncio.gather(*(self._post(body, headers) for body in bodies)))

    async def _post(self, body: bytes, headers: list[str]) -> FcmReply:
        async with self._in_flight:
            reply = await self._attempt(body, headers)
            if reply.fault == "CONNECTION_LOST":
                reply = await self._attempt(body, headers)
            return reply

    async def _attempt(self, body: bytes, headers: list[str]) -> FcmReply:
        curl = self._idle.pop() if self._idle else self._handle()
        answer = io.BytesIO()
        curl.setopt(pycurl.HTTPHEADER, headers)
        curl.setopt(pycurl.POSTFIELDS, body)
        curl.setopt(pycurl.WRITEDATA, answer)
        try:
            await self._multi.perform(curl)
        except pycurl.error as error:
            unanswered = curl.getinfo(pycurl.RESPONSE_CODE) == 0
            curl.close()
            return FcmReply(status=0, fault=_fault(error.args[0], unanswered=unanswered))
        retry_after = curl.getinfo(pycurl.RETRY_AFTER)
        reply = FcmReply(
            status=curl.getinfo(pycurl.RESPONSE_CODE),
            body=answer.getvalue(),
            retry_after=str(retry_after) if retry_after else None,
        )
        self._idle.append(curl)
        return reply

    def _handle(self) -> pycurl.Curl:
        curl = pycurl.Curl()
        curl.setopt(pycurl.URL, self._url)
        tls = self._url.startswith("https")
        version = (
            pycurl.CURL_HTTP_VERSION_2TLS if tls else pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
        )
        curl.setopt(pycurl.HTTP_VERSION, version)
        curl.setopt(pycurl.CAINFO, certifi.where())
        curl.setopt(pycurl.PIPEWAIT, 1)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.CONNECTTIMEOUT, CONNECT_TIMEOUT_S)
        curl.setopt(pycurl.TIMEOUT, REPLY_TIMEOUT_S)
        curl.setopt(pycurl.MAXAGE_CONN, IDLE_CONNECTION_S)
        return curl


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


def _fault(code: int, *, unanswered: bool) -> str:
    """Name a libcurl error in the words of a delivery.

    Only a loss before any answer is worth an immediate retry.
    """
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return "TIMEOUT"
    if code in _CLOSED_UNANSWERED:
        return "CONNECTION_LOST" if unanswered else "REPLY_LOST"
    return "CANNOT_CONNECT"
