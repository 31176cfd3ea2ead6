"""A TCP proxy before Firestore that can be cut and mended, also in the middle of a call."""

import contextlib
import selectors
import socket
import struct
import threading

CHUNK_BYTES = 65_536
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing resets the connection."""


class Proxy:
    """Passes every connection on to *upstream* (host:port) until it is cut. Thread-safe."""

    def __init__(self, upstream: str) -> None:
        """Listen on a free port of the loopback."""
        host, _, port = upstream.rpartition(":")
        self._upstream = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port: int = self._listener.getsockname()[1]
        self.count = 0
        """How many connections were passed on so far."""
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self._holds_answers = False
        self._lock = threading.Lock()
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    @property
    def address(self) -> str:
        """Where to connect instead of the upstream."""
        return f"127.0.0.1:{self._port}"

    def cut(self) -> None:
        """Reset every connection, and each that comes, until `mend`."""
        with self._lock:
            self._is_cut = True
            self._reset_all()

    def mend(self) -> None:
        """Pass connections on again; those whose answers were held are reset."""
        with self._lock:
            if self._holds_answers:
                self._reset_all()
            self._is_cut = self._holds_answers = False

    def hold_answers(self) -> None:
        """Let requests through, and none of their answers, until `mend`."""
        with self._lock:
            self._holds_answers = True

    def close(self) -> None:
        """Cut, and listen no more."""
        self.cut()
        self._listener.shutdown(socket.SHUT_RDWR)  # closing alone would not wake who accepts
        self._accepting.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self._is_cut:
                    _reset(client)
                    client.close()
                    continue
                server = socket.create_connection(self._upstream)
                self._open |= {client, server}
                self.count += 1
            threading.Thread(target=self._pass, args=(client, server), daemon=True).start()

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        other = {client: server, server: client}
        with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as ready:
            for side in other:
                ready.register(side, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    side = client if key.fileobj is client else server
                    chunk = side.recv(CHUNK_BYTES)
                    if not chunk:
                        return self._close(client, server)
                    if side is client or not self._holds_answers:
                        other[side].sendall(chunk)
        return self._close(client, server)

    def _close(self, *sides: socket.socket) -> None:
        with self._lock:
            self._open -= set(sides)
            for side in sides:
                side.close()

    def _reset_all(self) -> None:
        for side in self._open:
            _reset(side)


def _reset(side: socket.socket) -> None:
    """Reset a connection; who waits for it in another thread notices, and closes it."""
    with contextlib.suppress(OSError):
        side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        side.shutdown(socket.SHUT_RDWR)
