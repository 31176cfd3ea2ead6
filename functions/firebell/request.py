"""One request on libcurl: a handle set up once, what it carries now, how it ended.

It moves nothing; `transfer` does.
"""

import threading
from collections import deque
from collections.abc import Sequence

import pycurl

from firebell.core.deliveries import FcmReply

CONNECT_TIMEOUT_S = 10
REPLY_TIMEOUT_S = 20
"""Seconds until a request counts as lost: FCM asks for 10 at least, and two fit into a function."""
LOSS_RETRY_S = 5
"""A connection lost later than this was no stale one, and a second try might outlast the run."""
IDLE_CONNECTION_S = 60
"""Seconds an idle connection is kept: a frozen instance does not see its peer leave."""

_HTTP2_STREAM = 92
"""CURLE_HTTP2_STREAM, the server reset one stream; pycurl 7.49 has no name for it."""
_CLOSED = frozenset(
    {
        pycurl.E_SEND_ERROR,
        pycurl.E_RECV_ERROR,
        pycurl.E_GOT_NOTHING,
        pycurl.E_PARTIAL_FILE,
        pycurl.E_HTTP2,
        _HTTP2_STREAM,
    }
)


class Batch:
    """What one caller waits for. Once taken, it belongs to the sender thread until it is done."""

    __slots__ = ("_open_count", "bodies", "headers", "is_done", "lost", "replies", "unsent")

    def __init__(self, bodies: Sequence[bytes], headers: list[bytes]) -> None:
        """Post *bodies*, at least one, each with *headers*."""
        self.bodies = bodies
        self.headers = headers
        self.replies: list[FcmReply | None] = [None] * len(bodies)
        self.unsent = deque(range(len(bodies)))
        self.lost: set[int] = set()
        self.is_done = threading.Event()
        self._open_count = len(bodies)

    def settle(self, index: int, reply: FcmReply) -> bool:
        """Note the one reply of the body at *index*; the last one wakes the caller.

        Returns:
            Whether it was the last one.

        """
        self.replies[index] = reply
        self._open_count -= 1
        if self._open_count:
            return False
        self.is_done.set()
        return True


class Request:
    """A libcurl handle, used again and again, and the body it carries now."""

    __slots__ = ("_headers", "_received", "batch", "curl", "index")

    def __init__(self, url: str, ca_file: str) -> None:
        """Post to *url*; setting up costs more than a transfer, so keep it."""
        self._received: list[bytes] = []
        self._headers: list[bytes] | None = None
        self.curl = curl = pycurl.Curl()
        curl.setopt(pycurl.URL, url)
        curl.setopt(
            pycurl.HTTP_VERSION,
            pycurl.CURL_HTTP_VERSION_2TLS
            if url.startswith("https")
            else pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE,
        )
        curl.setopt(pycurl.CAINFO, ca_file)
        curl.setopt(pycurl.PIPEWAIT, 1)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.CONNECTTIMEOUT, CONNECT_TIMEOUT_S)
        curl.setopt(pycurl.TIMEOUT, REPLY_TIMEOUT_S)
        curl.setopt(pycurl.MAXAGE_CONN, IDLE_CONNECTION_S)
        curl.setopt(pycurl.WRITEFUNCTION, self._received.append)

    def carry(self, batch: Batch, index: int) -> None:
        """Take *batch*'s body at *index* as the next to post."""
        self.batch, self.index = batch, index
        if self._headers != batch.headers:
            self.curl.setopt(pycurl.HTTPHEADER, batch.headers)
            self._headers = batch.headers
        self.curl.setopt(pycurl.POSTFIELDS, batch.bodies[index])

    def reply(self) -> FcmReply:
        """Return the answer, which came whole."""
        status = self.curl.getinfo(pycurl.RESPONSE_CODE)
        body = b"".join(self._received)
        self._received.clear()
        retry_after = None if status == 200 else self.curl.getinfo(pycurl.RETRY_AFTER)
        return FcmReply(
            status=status, body=body, retry_after=str(retry_after) if retry_after else None
        )

    def was_short(self) -> bool:
        """Tell whether it took so little time that it may be repeated at once."""
        took_s: float = self.curl.getinfo(pycurl.TOTAL_TIME)
        return took_s < LOSS_RETRY_S

    def fault(self, code: int) -> str:
        """Name libcurl's error *code* in the words of a delivery.

        Only a loss before any answer is worth an immediate retry.
        """
        if code == pycurl.E_OPERATION_TIMEDOUT:
            return "TIMEOUT"
        if code in _CLOSED:
            is_answered = self.curl.getinfo(pycurl.RESPONSE_CODE) != 0
            return "REPLY_LOST" if is_answered else "CONNECTION_LOST"
        return "CANNOT_CONNECT"
