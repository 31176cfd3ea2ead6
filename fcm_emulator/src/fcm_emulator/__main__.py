"""The command: options, one socket, one event loop, a clean end."""

import argparse
import asyncio
import os
import signal
import socket
import sys
from importlib.metadata import version

from granian.constants import Interfaces
from granian.http import HTTP2Settings
from granian.server.embed import Server

from fcm_emulator.app import create_app
from fcm_emulator.ledger import DEFAULT_HISTORY_COUNT, Ledger

DEFAULT_PORT = 9599
# As Google's front ends announce, so that a client that counts on more meets its limit here.
_MAX_CONCURRENT_STREAMS = 100
_BACKLOG = 1024
# Requests in work at once, long polls among them.
_BACKPRESSURE = 16_384


# For the answers to those who were waiting; the server cuts connections when it stops.
_FAREWELL_S = 0.1
# The server waits without end for a client that has begun a request and not finished it.
_STOP_TIMEOUT_S = 2.0


class PortBusy(Exception):
    """Somebody else listens where the emulator was to listen."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command until SIGINT or SIGTERM; exit with 1 if the address cannot be had."""
    options = _parser().parse_args(arguments)
    try:
        address = _free_address(options.host, options.port)
    except (PortBusy, OSError) as error:
        sys.exit(f"fcm-emulator: {error}")
    asyncio.run(serve(address, options.port, Ledger(history_count=options.history)))
    # The server's own thread outlives serve() by a moment; if it then touches an interpreter that
    # is being torn down, it aborts the process (granian 2.8.7, one stop in ten). All is done here.
    os._exit(0)


async def serve(address: str, port: int, ledger: Ledger) -> None:
    """Serve *ledger* over HTTP/1.1 and HTTP/2 on one TCP port until a signal comes.

    HTTP/2 is plain, with prior knowledge, as the port is.

    Args:
        address: An IP address; the server does not resolve names.
        port: A free port.
        ledger: Where state lives; whoever waits on it is let go at the end.

    """
    server = Server(
        create_app(ledger),
        address=address,
        port=port,
        interface=Interfaces.ASGINL,
        websockets=False,
        backlog=_BACKLOG,
        backpressure=_BACKPRESSURE,
        http2_settings=HTTP2Settings(max_concurrent_streams=_MAX_CONCURRENT_STREAMS),
        log_enabled=False,
    )

    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    serving = asyncio.create_task(server.serve())
    sys.stdout.write(f"FCM emulator on http://{address}:{port}\n")
    sys.stdout.flush()
    ends = [serving, asyncio.create_task(stopping.wait())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    ledger.close()
    await asyncio.sleep(_FAREWELL_S)
    server.stop()  # type: ignore[no-untyped-call] # granian 2.8 leaves it unannotated
    await asyncio.wait({serving}, timeout=_STOP_TIMEOUT_S)
    if serving.done():
        serving.result()


def _free_address(host: str, port: int) -> str:
    # The server shares its port with whoever else asks to (SO_REUSEPORT), so two emulators would
    # take turns in answering: ask for the port alone first.
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise PortBusy(
                f"port {port} of {host} is not free ({error.strerror}); "
                "stop what listens there or choose another with --port"
            ) from error
    return str(address[0])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fcm-emulator", description="A local server that behaves like FCM's HTTP v1 API."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="port to listen on (%(default)s)"
    )
    parser.add_argument(
        "--history",
        type=_positive,
        default=DEFAULT_HISTORY_COUNT,
        metavar="N",
        help="messages remembered per project, the newest (%(default)s)",
    )
    parser.add_argument("--version", action="version", version=version("fcm-emulator"))
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


if __name__ == "__main__":
    main()
