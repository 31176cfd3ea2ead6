"""The errors raised on purpose, and the one table that turns each into a canonical code.

FirebellError                            on purpose; the message says what to do
├─ InvalidRequest(field, problem)        the caller's fault            → INVALID_ARGUMENT
├─ Unauthenticated(problem)              nobody has signed in          → UNAUTHENTICATED
├─ NotAllowed(reason, action)            the caller lacks the right    → PERMISSION_DENIED
├─ NotFound(kind, name)                  a named thing is absent       → NOT_FOUND
├─ Conflict(field, problem)              it contradicts what is there  → ALREADY_EXISTS
├─ LimitReached(limit, retry_after_s)    too many in a while           → RESOURCE_EXHAUSTED
├─ Unavailable(service)                  a service cannot now          → UNAVAILABLE, worth a try
└─ Misconfigured(setting, problem)       our fault, fails at first use → INTERNAL
"""


class FirebellError(Exception):
    """Base of everything Firebell raises on purpose."""


class InvalidRequest(FirebellError):
    """The caller sent something that cannot be accepted; `field` is its path (`data.from`)."""

    def __init__(self, field: str, problem: str) -> None:
        """Keep *field* and *problem* apart, so that doors can answer both."""
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class Unauthenticated(FirebellError):
    """The caller did not prove who it is. The message must not hint at what exists."""


class NotAllowed(FirebellError):
    """The caller is known but may not do this; `reason` is a documented word (`sender_expired`)."""

    def __init__(self, reason: str, action: str) -> None:
        """Say which *action* is refused, and for which *reason*."""
        super().__init__(f"{action}: {reason}")
        self.reason = reason


class NotFound(FirebellError):
    """A thing the caller named does not exist."""

    def __init__(self, kind: str, name: str) -> None:
        """Name the *kind* of thing and its *name*."""
        super().__init__(f"{kind} {name} does not exist")


class Conflict(FirebellError):
    """What the caller sent contradicts what it or somebody sent before; `field` says where."""

    def __init__(self, field: str, problem: str) -> None:
        """Keep *field* apart, so that doors can answer it."""
        super().__init__(f"{field}: {problem}")
        self.field = field


class LimitReached(FirebellError):
    """The caller did something too often; it may again after `retry_after_s` seconds."""

    def __init__(self, limit: str, retry_after_s: int) -> None:
        """Name the *limit* ("600 requests a minute")."""
        super().__init__(f"no more than {limit}; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class Unavailable(FirebellError):
    """A service cannot serve now; raising it out of a background function asks for redelivery."""

    def __init__(self, service: str) -> None:
        """Name the *service*."""
        super().__init__(f"{service} is unavailable, try again")


class Misconfigured(FirebellError):
    """This deployment's own settings are wrong; retrying cannot help."""

    def __init__(self, setting: str, problem: str) -> None:
        """Name the *setting* an operator has to change."""
        super().__init__(f"{setting}: {problem}")
        self.setting = setting


CANONICAL: dict[type[FirebellError], tuple[str, int]] = {
    InvalidRequest: ("INVALID_ARGUMENT", 400),
    Unauthenticated: ("UNAUTHENTICATED", 401),
    NotAllowed: ("PERMISSION_DENIED", 403),
    NotFound: ("NOT_FOUND", 404),
    Conflict: ("ALREADY_EXISTS", 409),
    LimitReached: ("RESOURCE_EXHAUSTED", 429),
    Unavailable: ("UNAVAILABLE", 503),
    Misconfigured: ("INTERNAL", 500),
}
"""Canonical code (google.rpc.Code) and HTTP status of each leaf."""
