"""The command: options, one socket, one event loop, a clean end."""

import argparse
import asyncio
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

    def stop() -> None:
        ledger.close()
        server.stop()  # type: ignore[no-untyped-call] # granian 2.8 leaves it unannotated

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    sys.stdout.write(f"FCM emulator on http://{address}:{port}\n")
    sys.stdout.flush()
    await server.serve()


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
