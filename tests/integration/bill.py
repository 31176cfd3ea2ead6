"""Counts what Google bills of a Firestore client's calls, as they pass on its channel.

Rules: https://cloud.google.com/firestore/pricing. A read is a document asked for, there or not; a
query that finds nothing is one read; a count is one read for each 1,000 it counts. Each write or
delete of a commit counts once. A commit that was refused is counted as nothing, which is our
assumption: the rules do not say.
"""

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.cloud.firestore_v1 import Client
from google.cloud.firestore_v1.services.firestore.client import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports.grpc import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import document, firestore

COUNTED_FOR_ONE_READ = 1000
UNBILLED = frozenset({"BeginTransaction", "Rollback"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Billed operations."""

    reads: int = 0
    writes: int = 0
    deletes: int = 0

    def __add__(self, other: "Bill") -> "Bill":
        """Return both together."""
        return Bill(
            reads=self.reads + other.reads,
            writes=self.writes + other.writes,
            deletes=self.deletes + other.deletes,
        )


class Meter(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):  # type: ignore[misc] # grpc ships no types
    """Adds up the bill of one client. Thread-safe."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._bill = Bill()
        self._lock = threading.Lock()

    def bill_of(self, work: Callable[[], object]) -> Bill:
        """Do *work*, and return what it alone cost."""
        self._bill = Bill()
        work()
        return self._bill

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        """Count a commit that was accepted."""
        call = continuation(details, request)
        match method := _method(details):
            case "Commit":
                if call.code() is grpc.StatusCode.OK:
                    self._add(_commit(request))
            case _:
                assert method in UNBILLED, f"nobody knows what {method} costs"
        return call

    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        """Count what a read brings."""
        call = continuation(details, request)
        match method := _method(details):
            case "BatchGetDocuments":
                self._add(Bill(reads=len(request.documents)))
            case "RunQuery":
                return _Counted(call, found=_is_document, end=self._end_of_query)
            case "RunAggregationQuery":
                return _Counted(call, found=_counted, end=self._end_of_count)
            case _:
                raise AssertionError(f"nobody knows what {method} costs")
        return call

    def _end_of_query(self, found: int) -> None:
        self._add(Bill(reads=max(1, found)))

    def _end_of_count(self, found: int) -> None:
        self._add(Bill(reads=max(1, math.ceil(found / COUNTED_FOR_ONE_READ))))

    def _add(self, more: Bill) -> None:
        with self._lock:
            self._bill += more


def meter(client: Client) -> Meter:
    """Count from now on what *client*, not used yet, costs."""
    counting = Meter()
    channel = grpc.intercept_channel(_channel(client), counting)
    transport = FirestoreGrpcTransport(host=client._target, channel=channel)
    client._firestore_api_internal = FirestoreClient(transport=transport)
    return counting


def _channel(client: Client) -> Any:
    """Return a channel as the client would make it: it has no public way to be given one."""
    return client._emulator_channel(FirestoreGrpcTransport)  # type: ignore[no-untyped-call]  # google-cloud-firestore 2 types half


class _Counted:
    """A stream of answers that tells at its end how much it brought."""

    def __init__(
        self, call: Any, *, found: Callable[[Any], int], end: Callable[[int], None]
    ) -> None:
        self._call, self._found, self._end = call, found, end
        self._count = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            answer = next(self._call)
        except StopIteration:
            self._end(self._count)
            raise
        self._count += self._found(answer)
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


def _method(details: Any) -> str:
    method: str = details.method
    return method.rpartition("/")[2]


def _commit(request: firestore.CommitRequest) -> Bill:
    deletes = sum(bool(write.delete) for write in request.writes)
    return Bill(writes=len(request.writes) - deletes, deletes=deletes)


def _is_document(answer: firestore.RunQueryResponse) -> int:
    return answer.document != document.Document()


def _counted(answer: firestore.RunAggregationQueryResponse) -> int:
    return sum(value.integer_value for value in answer.result.aggregate_fields.values())
