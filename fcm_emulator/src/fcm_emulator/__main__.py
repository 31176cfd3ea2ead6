"""The command: its options, and the addresses to listen on."""

import argparse
import asyncio
import os
import socket
import sys
from importlib.metadata import version
from pathlib import Path

from fcm_emulator import options as more_options
from fcm_emulator.http import DEFAULT_REQUEST_TIMEOUT_S
from fcm_emulator.ledger import DEFAULT_DEVICE_HISTORY_COUNT, DEFAULT_HISTORY_COUNT, Ledger
from fcm_emulator.oauth import UnreadableCredentials
from fcm_emulator.serving import Listener, Tls, serve

DEFAULT_PORT = 9599
_MAX_PORT = 65_535


class PortBusy(Exception):
    """Somebody else listens where the emulator was to listen."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command until SIGINT or SIGTERM; exit with 1 if the address cannot be had."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["credentials"]:
        _write_credentials(arguments[1:])
        return
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.port == options.tls_port:
        parser.error("--port and --tls-port are the same: http and https need a port each")
    try:
        issuer = more_options.issuer(options)
        listeners = [Listener(address=_free_address(options.host, options.port), port=options.port)]
        if options.tls_port is not None:
            listeners.append(_tls_listener(options))
    except (PortBusy, UnreadableCredentials, OSError) as error:
        sys.exit(f"fcm-emulator: {error}")
    # Not asyncio.run: its end cancels what the server holds for a client that never ends its
    # request, and the server then complains.
    loop = asyncio.new_event_loop()
    serving = serve(
        listeners, _ledger(options), issuer, request_timeout_s=options.request_timeout_s
    )
    loop.run_until_complete(serving)
    # The server's own thread outlives serve() by a moment; if it then touches an interpreter that
    # is being torn down, it aborts the process (granian 2.8.7, one stop in ten). All is done here.
    os._exit(0)


def _write_credentials(arguments: list[str]) -> None:
    # As below: only this subcommand needs the cryptography.
    from fcm_emulator import credentials  # noqa: PLC0415 - see above

    credentials.main(arguments)


def _tls_listener(options: argparse.Namespace) -> Listener:
    # Costs a plain start a tenth of a second for nothing: the cryptography behind it is large.
    from fcm_emulator import certificates  # noqa: PLC0415 - see above

    address = _free_address(options.host, options.tls_port, "--tls-port")
    made = certificates.ensure(options.state_dir or certificates.default_state_dir())
    sys.stdout.write(f"FCM emulator's certificate authority: {made.authority}\n")
    tls = Tls(certificate=made.server, key=made.server_key)
    return Listener(address=address, port=options.tls_port, tls=tls)


def _free_address(host: str, port: int, option: str = "--port") -> str:
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
                f"stop what listens there or choose another with {option}"
            ) from error
    return str(address[0])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fcm-emulator",
        description="A local server that behaves like FCM's HTTP v1 API.",
        epilog="fcm-emulator credentials --help: write a service-account file that works with it.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="port to listen on (%(default)s)"
    )
    parser.add_argument(
        "--tls-port", type=_port, metavar="PORT", help="port for https as well (none without)"
    )
    parser.add_argument(
        "--state-dir",
        type=Path,
        metavar="DIR",
        help="folder for the certificates of https (the user's state folder/fcm-emulator)",
    )
    parser.add_argument(
        "--history",
        type=_positive,
        default=DEFAULT_HISTORY_COUNT,
        metavar="N",
        help="messages remembered per project, the newest (%(default)s)",
    )
    parser.add_argument(
        "--device-history",
        type=_positive,
        default=DEFAULT_DEVICE_HISTORY_COUNT,
        metavar="N",
        help="events remembered per device, the newest (%(default)s)",
    )
    parser.add_argument(
        "--request-timeout-s",
        type=_positive,
        default=DEFAULT_REQUEST_TIMEOUT_S,
        metavar="S",
        help="seconds that a client may take to send a request (%(default)s)",
    )
    more_options.add(parser)
    parser.add_argument("--version", action="version", version=version("fcm-emulator"))
    return parser


def _ledger(options: argparse.Namespace) -> Ledger:
    return Ledger(
        history_count=options.history,
        device_history_count=options.device_history,
        limits=more_options.limits(options),
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= _MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text} is not a port: 1 to {_MAX_PORT}")
    return int(text)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


if __name__ == "__main__":
    main()
