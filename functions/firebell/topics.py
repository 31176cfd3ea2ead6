"""FCM's topic subscriptions: one request for each target and topic; wishes in, `FcmReply`s out.

It decides nothing. FCM has no call for many at once ("Manage topic subscriptions").
"""

import urllib.parse
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Protocol

import requests
from requests.adapters import HTTPAdapter

from firebell.access import Access, GoogleAccess, StaticAccess
from firebell.config import Settings
from firebell.core import outcome
from firebell.core.deliveries import FcmReply
from firebell.core.membership import Wish
from firebell.errors import Misconfigured, Unavailable

PARALLEL = 8
"""Requests at once, each on a connection of its own."""
PATIENCE_S = 5.0
"""Seconds in which requests are begun; what is left then has no reply."""
TIMEOUTS_S = (3.0, 5.0)
"""Seconds until a connection, and until an answer, count as lost."""

_NO_ACCESS = FcmReply(status=0, fault="NO_ACCESS_TOKEN")
_NOT_BEGUN = FcmReply(status=0, fault="NOT_BEGUN")


class Topics(Protocol):
    """Tells FCM who is in which topic."""

    def tell(self, wishes: Sequence[Wish]) -> list[FcmReply]:
        """Tell FCM of *wishes*; return its replies in order."""


def connect(settings: Settings) -> Topics:
    """Return who tells FCM, or its emulator where FCM_EMULATOR_HOST names one."""
    host, project_id = settings.fcm_emulator_host, settings.project_id
    if host is not None:
        access = StaticAccess("owner")
        return FcmTopics(origin=f"http://{host}", project_id=project_id, access=access)
    if settings.is_emulator:
        return NoTopics()
    return FcmTopics(
        origin="https://fcm.googleapis.com", project_id=project_id, access=GoogleAccess()
    )


class FcmTopics:
    """Tells FCM of topics. Thread-safe: every request thread of an instance shares one."""

    def __init__(self, *, origin: str, project_id: str, access: Access) -> None:
        """Tell *origin* (scheme and host) for *project_id*."""
        self._url = f"{origin}/v1/projects/{project_id}/registrations"
        self._access = access
        self._session = requests.Session()
        self._session.trust_env = False  # whose .netrc would replace our bearer
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=PARALLEL))

    def tell(self, wishes: Sequence[Wish]) -> list[FcmReply]:
        """Tell FCM of *wishes*, several at once, within `PATIENCE_S`; return its replies in order.

        A refused access token is renewed once.

        Raises:
            Misconfigured: There are no credentials.

        **Cost:** 1 FCM request each.

        """
        if not wishes:
            return []
        try:
            bearer = self._access.bearer()
            replies = self._tell_all(wishes, bearer)
            refused = [i for i, reply in enumerate(replies) if outcome.is_expired_access(reply)]
            if refused:
                renewed = self._access.renew(bearer)
                again = self._tell_all([wishes[i] for i in refused], renewed)
                for i, reply in zip(refused, again, strict=True):
                    replies[i] = reply
        except Unavailable:
            return [_NO_ACCESS] * len(wishes)
        return replies

    def _tell_all(self, wishes: Sequence[Wish], bearer: str) -> list[FcmReply]:
        with ThreadPoolExecutor(min(PARALLEL, len(wishes))) as pool:
            futures = [pool.submit(self._tell, wish, bearer) for wish in wishes]
            wait(futures, timeout=PATIENCE_S)
            pool.shutdown(cancel_futures=True)
        return [_reply(future) for future in futures]

    def _tell(self, wish: Wish, bearer: str) -> FcmReply:
        name, topic = (urllib.parse.quote(s, safe="") for s in (wish.target.value, wish.topic))
        parent = f"{self._url}/{name}/topicSubscriptions"
        if wish.joins:
            method, url, body = "POST", f"{parent}?topic_name={topic}", b"{}"
        else:
            method, url, body = "DELETE", f"{parent}/{topic}?allow_missing=true", None
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
        try:
            answer = self._session.request(
                method, url, data=body, headers=headers, timeout=TIMEOUTS_S, allow_redirects=False
            )
        except requests.RequestException as error:
            return FcmReply(status=0, fault=_fault(error))
        retry_after = answer.headers.get("Retry-After")
        return FcmReply(status=answer.status_code, body=answer.content, retry_after=retry_after)


class NoTopics:
    """Refuses: a Functions emulator without an FCM emulator must not touch real phones."""

    def tell(self, wishes: Sequence[Wish]) -> list[FcmReply]:
        """Refuse.

        Raises:
            Misconfigured: Always, when there is something to tell.

        """
        if not wishes:
            return []
        raise Misconfigured(
            "FCM_EMULATOR_HOST", "is unset; the Functions emulator must not tell Google of topics"
        )


def _reply(future: Future[FcmReply]) -> FcmReply:
    return _NOT_BEGUN if future.cancelled() else future.result()


def _fault(error: requests.RequestException) -> str:
    """Name a failed request in the words of a delivery: an error's text can hold the target."""
    match error:
        case requests.ConnectTimeout():
            return "CANNOT_CONNECT"
        case requests.Timeout():
            return "TIMEOUT"
        case _:
            return "CONNECTION_LOST"
