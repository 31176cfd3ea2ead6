"""Functions that a test's FIREBELL names by dotted path."""

from typing import Any


def username(user: Any) -> str:
    return str(user.get_username())


def plan_of(user: Any) -> dict[str, Any]:
    return {"plan": user.first_name}


def is_staff(user: Any) -> bool:
    return bool(user.is_staff)


def broken(user: Any) -> str:
    raise RuntimeError("a mistake in the project's own function")
