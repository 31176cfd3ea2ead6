"""Breaking a client's connection, which ASGI has no word for: the socket is looked up by its peer.

The server would answer 500 to an application that raises or returns without a reply, and a reply
cut short comes after a status line; senders fear the connection that ends with nothing at all.
"""

import os
import socket
import struct
from collections.abc import Sequence

# SO_LINGER, on, for no time: the connection ends with RST, and not with what is still to be sent.
_NO_LINGER = struct.pack("ii", 1, 0)
_OPEN_FILES = "/dev/fd"


def reset(peer: Sequence[object]) -> bool:
    """Make the server drop its connection with *peer* by a TCP reset.

    The read half is shut: the server sees the client gone and closes, which sends the reset. Every
    stream of an HTTP/2 connection ends with it.

    Args:
        peer: Host and port, as ASGI names the client.

    Returns:
        False where the socket cannot be found: a system without `/dev/fd`, or a client that has
        gone meanwhile.

    """
    found = _find(str(peer[0]), str(peer[1]))
    if found is None:
        return False
    with found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        found.shutdown(socket.SHUT_RD)
    return True


def _find(host: str, port: str) -> socket.socket | None:
    # The server may close a file at any moment, so each is duplicated before it is looked at.
    for name in os.listdir(_OPEN_FILES) if os.path.isdir(_OPEN_FILES) else ():
        candidate = _duplicate(int(name))
        if candidate is None:
            continue
        try:
            peer = candidate.getpeername()
        except OSError:
            peer = None
        if isinstance(peer, tuple) and (peer[0], str(peer[1])) == (host, port):
            return candidate
        candidate.close()
    return None


def _duplicate(descriptor: int) -> socket.socket | None:
    try:
        duplicate = os.dup(descriptor)
    except OSError:
        return None
    try:
        return socket.socket(fileno=duplicate)
    except OSError:
        os.close(duplicate)
        return None
