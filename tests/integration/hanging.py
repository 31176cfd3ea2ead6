"""A server that takes every connection and never answers."""

import contextlib
import socket
import threading


class Hanging:
    """Counts who connects. Used with `with`; at its end the connections are closed."""

    def __init__(self) -> None:
        """Listen on a free port of the loopback."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        """Where to connect, host:port."""
        self.count = 0
        """How many connected so far."""
        self._taken: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> "Hanging":
        """Begin to take connections."""
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close them all, and listen no more."""
        self._listener.shutdown(socket.SHUT_RDWR)  # closing alone would not wake who accepts
        self._accepting.join()
        self._listener.close()
        for taken in self._taken:
            taken.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._taken.append(self._listener.accept()[0])
                self.count += 1
