"""Carry requests to one URL over HTTP/2: one thread owns libcurl's connections, callers wait.

It knows libcurl and sockets, nothing of FCM. A batch is handed over whole and waited for once.
"""

import contextlib
import selectors
import socket
import threading
from collections import deque
from collections.abc import Sequence

import pycurl

from firebell import log
from firebell.core.deliveries import FcmReply
from firebell.request import Batch, Request

CONNECTIONS = 10
"""Connections at most; each carries `STREAMS` requests at once."""
STREAMS = 100
"""Concurrent HTTP/2 streams of one connection: what FCM's servers allow."""
LOOK_AGAIN_MS, LOOK_AGAIN_AT_LEAST_MS = 5, 1_000
"""Milliseconds of quiet after which connections with work are looked into unasked: libcurl 8.23 can
leave a reply in its TLS buffer, of which no socket tells (curl #17636 mended a kind of that)."""

_WATCHED = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}
_READY = {
    selectors.EVENT_READ: pycurl.CSELECT_IN,
    selectors.EVENT_WRITE: pycurl.CSELECT_OUT,
    selectors.EVENT_READ | selectors.EVENT_WRITE: pycurl.CSELECT_IN | pycurl.CSELECT_OUT,
}
_SENDER_FAILED = FcmReply(status=0, fault="SENDER_FAILED")


class Transfers:
    """Posts batches to one URL. Thread-safe: every request thread of an instance shares one."""

    def __init__(self, url: str, ca_file: str) -> None:
        """Post to *url*, trusting the authorities in *ca_file*; plain http speaks HTTP/2 at once.

        The thread starts with the first batch, so that a server may fork until then.
        """
        self._url = url
        self._ca_file = ca_file
        self._starting = threading.Lock()
        self._thread: _SenderThread | None = None

    def post_all(self, bodies: Sequence[bytes], headers: Sequence[str]) -> list[FcmReply]:
        """Post *bodies*, each with *headers*; return their replies in order.

        A connection lost within seconds and before any reply is retried once, a sender thread that
        died is replaced.
        """
        if not bodies:
            return []
        batch = Batch(bodies, [header.encode() for header in headers])
        with self._starting:
            if self._thread is None or not self._thread.take(batch):
                thread = _SenderThread(self._url, self._ca_file)
                thread.take(batch)
                thread.start()
                self._thread = thread
        batch.is_done.wait()
        return [_SENDER_FAILED if reply is None else reply for reply in batch.replies]


class _SenderThread(threading.Thread):
    """Turns batches into transfers, at most `CONNECTIONS` x `STREAMS` at once for all callers."""

    def __init__(self, url: str, ca_file: str) -> None:
        super().__init__(name="fcm-sender", daemon=True)
        self._url, self._ca_file = url, ca_file
        self._lock = threading.Lock()
        self._is_over = False
        self._quiet_ms = LOOK_AGAIN_MS
        self._taken: list[Batch] = []
        self._open: set[Batch] = set()
        self._unsent: deque[Batch] = deque()
        self._busy: dict[pycurl.Curl, Request] = {}
        self._idle: list[Request] = []
        self._selector = selectors.DefaultSelector()
        self._ear, self._bell = socket.socketpair()
        self._ear.setblocking(False)
        self._bell.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ)
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, CONNECTIONS)
        self._multi.setopt(pycurl.M_MAX_CONCURRENT_STREAMS, STREAMS)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)

    def take(self, batch: Batch) -> bool:
        """Take *batch*, from any thread; a thread that is over takes nothing."""
        with self._lock:
            if self._is_over:
                return False
            self._taken.append(batch)
        with contextlib.suppress(BlockingIOError):  # it has been rung often enough
            self._bell.send(b"!")
        return True

    def run(self) -> None:
        """Serve until something fails that no caller is to blame for; then release them all."""
        try:
            while True:
                self._wait()
                self._finish()
                self._start()
        except BaseException as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
            log.sender_failed(type(error).__name__)
        finally:
            self._release()

    def _wait(self) -> None:
        """Sleep until a socket, a deadline or a caller has something, and let libcurl act."""
        ready = self._selector.select(self._patience_s())
        is_told = False
        for key, events in ready:
            if key.fileobj is self._ear:
                self._ear.recv(4096)
            else:
                self._multi.socket_action(key.fd, _READY[events])
                is_told = True  # which has it look at deadlines, too
        if not is_told:
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        if ready:
            self._quiet_ms = LOOK_AGAIN_MS
        elif self._busy:
            self._look_again()

    def _patience_s(self) -> float | None:
        timeout_ms = self._multi.timeout()
        if self._busy:
            timeout_ms = min(timeout_ms, self._quiet_ms) if timeout_ms >= 0 else self._quiet_ms
        return timeout_ms / 1000 if timeout_ms >= 0 else None

    def _look_again(self) -> None:
        """Have libcurl look into every connection, now that all are quiet; ever more rarely."""
        self._quiet_ms = min(self._quiet_ms * 4, LOOK_AGAIN_AT_LEAST_MS)
        for key in list(self._selector.get_map().values()):
            if key.fileobj is not self._ear:
                self._multi.socket_action(key.fd, pycurl.CSELECT_IN)

    def _start(self) -> None:
        """Fill the free streams, one message of each batch in turn: a small one never queues."""
        with self._lock:
            self._open.update(self._taken)
            self._unsent.extend(self._taken)
            self._taken.clear()
        while self._unsent and len(self._busy) < CONNECTIONS * STREAMS:
            batch = self._unsent.popleft()
            request = self._idle.pop() if self._idle else Request(self._url, self._ca_file)
            request.carry(batch, batch.unsent.popleft())
            self._multi.add_handle(request.curl)
            self._busy[request.curl] = request
            if batch.unsent:
                self._unsent.append(batch)

    def _finish(self) -> None:
        """Collect what has ended; libcurl hands it over in portions."""
        left = 1
        while left:
            left, done, failed = self._multi.info_read()
            for curl in done:
                self._multi.remove_handle(curl)
                request = self._busy.pop(curl)
                self._settle(request, request.reply())
                self._idle.append(request)
            for curl, code, _ in failed:
                self._multi.remove_handle(curl)
                request = self._busy.pop(curl)
                self._fail(request, code)
                curl.close()

    def _fail(self, request: Request, code: int) -> None:
        batch, index = request.batch, request.index
        fault = request.fault(code)
        if fault == "CONNECTION_LOST" and request.was_short() and index not in batch.lost:
            batch.lost.add(index)
            if not batch.unsent:
                self._unsent.append(batch)
            batch.unsent.append(index)
        else:
            self._settle(request, FcmReply(status=0, fault=fault))

    def _settle(self, request: Request, reply: FcmReply) -> None:
        if request.batch.settle(request.index, reply):
            self._open.discard(request.batch)

    def _watch(self, event: int, fd: int, _multi: object, _data: object) -> None:
        """Watch a socket as libcurl asks."""
        is_known = fd in self._selector.get_map()
        if event == pycurl.POLL_REMOVE:
            if is_known:
                self._selector.unregister(fd)
        elif is_known:
            self._selector.modify(fd, _WATCHED[event])
        else:
            self._selector.register(fd, _WATCHED[event])

    def _release(self) -> None:
        """Let everybody go who waits, and take no more."""
        with self._lock:
            self._is_over = True
        for batch in (*self._open, *self._taken):
            batch.is_done.set()
        self._multi.close()
        self._selector.close()
        self._ear.close()
        self._bell.close()
