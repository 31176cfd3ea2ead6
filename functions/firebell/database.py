"""Connect to Firestore, and let its faults leave in Firebell's words."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, ParamSpec, TypeVar, cast

from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore
from google.cloud.firestore_v1 import Client, DocumentSnapshot

from firebell.config import Settings
from firebell.errors import InvalidRequest, Misconfigured, Unavailable

P = ParamSpec("P")
T = TypeVar("T")

_TRANSIENT = (
    exceptions.ServiceUnavailable,
    exceptions.DeadlineExceeded,
    exceptions.InternalServerError,
    exceptions.TooManyRequests,
    exceptions.Aborted,
    exceptions.Cancelled,
    exceptions.Unknown,
    exceptions.RetryError,
)

PATIENCE_S: Final = 10.0
"""Seconds that one call waits for Firestore; the client's own 60 to 300 outlive the function."""
PATIENCE: Final[Mapping[str, Any]] = {
    "retry": Retry(
        predicate=if_exception_type(exceptions.ServiceUnavailable, exceptions.ResourceExhausted),
        initial=0.1,
        maximum=2.0,
        timeout=PATIENCE_S,
    ),
    "timeout": PATIENCE_S,
}
"""Arguments of every call to Firestore; a transaction's own begin and commit take none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A document as read, or as an event brought it.

    `version` is its update time: the precondition of a write.
    """

    id: str
    data: Mapping[str, Any]
    created_at: datetime
    version: datetime


def connect(settings: Settings) -> Client:
    """Return a client of the project's database; it honours FIRESTORE_EMULATOR_HOST by itself."""
    return firestore.Client(project=settings.project_id, database=settings.database)


def stored(snapshot: DocumentSnapshot, *, id: str | None = None) -> Stored | None:
    """Return *snapshot*'s content, or None when the document does not exist.

    Args:
        snapshot: As read, or as an event brought it.
        id: The document's id, where the snapshot's own was spoilt on the way.

    """
    data = snapshot.to_dict()
    if data is None:
        return None
    return Stored(
        id=snapshot.id if id is None else id,
        data=data,
        created_at=cast(datetime, snapshot.create_time),
        version=cast(datetime, snapshot.update_time),
    )


def translated(method: Callable[P, T]) -> Callable[P, T]:
    """Let *method*'s Firestore faults leave as errors of ours, by who can mend them.

    What passes is `Unavailable`, what a document is to blame for `InvalidRequest`, what an operator
    has to mend `Misconfigured`.
    """

    @functools.wraps(method)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except _TRANSIENT as error:
            raise Unavailable("Firestore") from error
        except exceptions.InvalidArgument as error:
            raise InvalidRequest("document", "is refused by Firestore") from error
        except (exceptions.Forbidden, exceptions.Unauthorized, exceptions.NotFound) as error:
            problem = f"Firestore answered {type(error).__name__}; see docs/deploy.md"
            raise Misconfigured("RUNTIME_ACCOUNT or DATABASE", problem) from error
        except ValueError as error:
            # So the client calls a transaction that cannot begin, or is aborted five times.
            if not _stems_from_transient(error):
                raise
            raise Unavailable("Firestore") from error

    return wrapper


def _stems_from_transient(error: BaseException) -> bool:
    found: BaseException | None = error
    while found is not None and not isinstance(found, _TRANSIENT):
        found = found.__cause__ or found.__context__
    return found is not None
