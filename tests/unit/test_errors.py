import pytest

from firebell.errors import (
    CANONICAL,
    FirebellError,
    InvalidRequest,
    Misconfigured,
    NotAllowed,
    NotFound,
    Unauthenticated,
    Unavailable,
)


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        (InvalidRequest, "INVALID_ARGUMENT", 400),
        (Unauthenticated, "UNAUTHENTICATED", 401),
        (NotAllowed, "PERMISSION_DENIED", 403),
        (NotFound, "NOT_FOUND", 404),
        (Unavailable, "UNAVAILABLE", 503),
        (Misconfigured, "INTERNAL", 500),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else None,
)
def test_error_has_one_canonical_code(kind: type[FirebellError], code: str, status: int) -> None:
    assert CANONICAL[kind] == (code, status)


def test_every_error_is_in_the_table() -> None:
    assert set(CANONICAL) == set(FirebellError.__subclasses__())


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InvalidRequest("data.from", "is a reserved key"), "data.from: is a reserved key"),
        (Unauthenticated("sign in first"), "sign in first"),
        (NotAllowed("sender_expired", "sending"), "sending: sender_expired"),
        (NotFound("delivery", "d1"), "delivery d1 does not exist"),
        (Unavailable("Firestore"), "Firestore is unavailable, try again"),
        (Misconfigured("FCM_EMULATOR_HOST", "is unset"), "FCM_EMULATOR_HOST: is unset"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_message_names_what_is_wrong(error: FirebellError, message: str) -> None:
    assert str(error) == message


def test_doors_find_the_parts_of_a_message_apart() -> None:
    invalid = InvalidRequest("data.from", "is a reserved key")

    assert (invalid.field, invalid.problem) == ("data.from", "is a reserved key")
    assert NotAllowed("sender_expired", "sending").reason == "sender_expired"
    assert Misconfigured("REGION", "is unset").setting == "REGION"
