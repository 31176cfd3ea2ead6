"""One ledger over one or two TCP ports, plain and TLS, in one event loop, until a signal comes."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.server.embed import Server

from fcm_emulator.app import create_app
from fcm_emulator.ledger import Ledger
from fcm_emulator.oauth import Issuer

# As Google's front ends announce, so that a client that counts on more meets its limit here.
_MAX_CONCURRENT_STREAMS = 100
_BACKLOG = 1024
# Requests in work at once, long polls among them.
_BACKPRESSURE = 16_384
# For the answers to those who were waiting; the server cuts connections when it stops.
_FAREWELL_S = 0.1
# The server waits without end for a client that has begun a request and not finished it.
_STOP_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """PEM files of a certificate and its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Where to listen: an IP address (the server resolves no names) and a free port."""

    address: str
    port: int
    tls: Tls | None = None

    @property
    def url(self) -> str:
        """The address as clients write it."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


async def serve(
    listeners: Sequence[Listener], ledger: Ledger, issuer: Issuer, *, request_timeout_s: int
) -> None:
    """Serve *ledger* over HTTP/1.1 and HTTP/2 on all *listeners* until SIGINT or SIGTERM.

    With TLS, ALPN chooses the protocol; without, HTTP/2 needs prior knowledge. Whoever waits on the
    ledger is let go at the end.
    """
    app = create_app(ledger, issuer, request_timeout_s=request_timeout_s)
    servers = [_server(app, listener, request_timeout_s) for listener in listeners]
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    serving = {asyncio.create_task(server.serve()) for server in servers}
    for listener in listeners:
        sys.stdout.write(f"FCM emulator on {listener.url}\n")
    sys.stdout.flush()
    ends = serving | {asyncio.create_task(stopping.wait())}
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    ledger.close()
    await asyncio.sleep(_FAREWELL_S)
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call] # granian 2.8 leaves it unannotated
    done, _ = await asyncio.wait(serving, timeout=_STOP_TIMEOUT_S)
    for task in done:
        task.result()


def _server(app: Any, listener: Listener, request_timeout_s: int) -> Server:
    tls = listener.tls
    return Server(
        app,
        address=listener.address,
        port=listener.port,
        interface=Interfaces.ASGINL,
        websockets=False,
        backlog=_BACKLOG,
        backpressure=_BACKPRESSURE,
        http1_settings=HTTP1Settings(header_read_timeout=request_timeout_s * 1000),
        http2_settings=HTTP2Settings(max_concurrent_streams=_MAX_CONCURRENT_STREAMS),
        log_enabled=False,
        ssl_cert=tls.certificate if tls else None,
        ssl_key=tls.key if tls else None,
        # As Google's front ends, which still take 1.2.
        ssl_protocol_min=SSLProtocols.tls12,
    )
