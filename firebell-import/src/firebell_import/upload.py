"""Sends lines to `POST /v1/devices:import` until each is answered, whatever comes between.

A line may be sent twice: Firebell leaves what it knows as it is.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import requests
from google.auth.exceptions import GoogleAuthError

from firebell_import.errors import Stopped
from firebell_import.pace import WRITES_PER_LINE, Pace

PATH: Final = "/v1/devices:import"
TIMEOUT_S: Final = (10.0, 120.0)
"""Seconds to wait for a connection, and for more of an answer: a call takes up to 60."""
MAX_TRIES: Final = 8
"""Calls in a row that bring nothing on, until the import stops."""
FIRST_WAIT_S: Final = 1.0
MAX_WAIT_S: Final = 60.0
MAX_RETRY_AFTER_S: Final = 600.0
"""Longest wait, in seconds, that a Retry-After may ask for."""
_TRANSIENT: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_WRITING: Final = frozenset({"imported", "disabled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a line."""

    result: str
    field: str | None = None
    problem: str | None = None
    differs: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Reply:
    """What one call brought: answers by the place of their lines, and why there are not more."""

    answers: dict[int, Answer] = field(default_factory=dict)
    problem: str = "Firebell did not reach these lines"
    wait_s: float = 0.0


class Upload:
    """Sends lines, at the pace that Firestore takes."""

    def __init__(
        self,
        session: requests.Session,
        url: str,
        *,
        reports_changes: bool,
        pace: Pace,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Send to Firebell at *url*; with *reports_changes* it says what is otherwise there."""
        self._session = session
        self._address = url.rstrip("/") + PATH
        self._parameters = {"report": "changes"} if reports_changes else {}
        self._pace = pace
        self._sleep = sleep

    def send(self, lines: Sequence[bytes]) -> list[Answer]:
        """Send *lines*, at most as many as `Pace.lines` says, and return the answer of each.

        Raises:
            Stopped: Firebell refuses the call, or cannot be reached for minutes.

        """
        answers: dict[int, Answer] = {}
        fruitless = 0
        while missing := [place for place in range(len(lines)) if place not in answers]:
            self._pace.wait()
            reply = self._call([lines[place] for place in missing])
            answers |= {missing[place]: answer for place, answer in reply.answers.items()}
            self._pace.wrote(WRITES_PER_LINE * _writing(reply.answers.values()))
            if len(reply.answers) == len(missing):
                continue
            fruitless = 0 if reply.answers else fruitless + 1
            if fruitless == MAX_TRIES:
                raise Stopped(f"{reply.problem}; it was tried {MAX_TRIES} times.")
            backoff_s = min(FIRST_WAIT_S * 2**fruitless, MAX_WAIT_S)
            self._sleep(max(backoff_s, reply.wait_s))
        return [answers[place] for place in range(len(lines))]

    def _call(self, lines: Sequence[bytes]) -> _Reply:
        reply = _Reply()
        try:
            with self._session.post(
                self._address,
                params=self._parameters,
                data=b"\n".join(lines),
                headers={"Content-Type": "application/x-ndjson"},
                stream=True,
                timeout=TIMEOUT_S,
                allow_redirects=False,
            ) as response:
                if response.status_code == HTTPStatus.OK:
                    reply.answers.update(_read(response, len(lines)))
                    return reply
                return _refused(response)
        except requests.RequestException as error:
            reply.problem = f"Firebell cannot be reached ({type(error).__name__})"
        except GoogleAuthError as error:
            reply.problem = f"Google gives no ID token ({type(error).__name__})"
        return reply


def _read(response: requests.Response, count: int) -> Iterator[tuple[int, Answer]]:
    """Yield what the answer says, by place; what is cut off was perhaps done, and is sent again."""
    for text in response.iter_lines():
        try:
            said: dict[str, Any] = json.loads(text)
            place, result = int(said["line"]) - 1, str(said["result"])
        except (ValueError, KeyError, TypeError):
            return
        if result != "notReached" and 0 <= place < count:
            answer = Answer(
                result=result,
                field=said.get("field"),
                problem=said.get("problem"),
                differs=tuple(said.get("differs", ())),
            )
            yield place, answer


def _refused(response: requests.Response) -> _Reply:
    status = response.status_code
    if status in _TRANSIENT:
        return _Reply(problem=f"Firebell answers {status}", wait_s=_retry_after_s(response))
    raise Stopped(f"Firebell answers {status}: {_message(response)}.")


def _retry_after_s(response: requests.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return min(float(text), MAX_RETRY_AFTER_S) if text.isdecimal() else 0.0


def _message(response: requests.Response) -> str:
    """Return what Firebell says is wrong; anybody else's answer is not repeated."""
    try:
        said = response.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return "and does not say why. Is --url right"
    return str(said)


def _writing(answers: Iterable[Answer]) -> int:
    return sum(answer.result in _WRITING for answer in answers)
