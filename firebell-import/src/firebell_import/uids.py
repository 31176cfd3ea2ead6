"""Finds the uid of a Django user, as django-firebell does."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from firebell_import.errors import Misconfigured


def function(path: str | None) -> Callable[[Any], object]:
    """Return the function that gives a user's uid.

    Args:
        path: Its dotted path; None means `FIREBELL["UID"]` of the project's settings, where it is
            set, and the primary key where it is not.

    Raises:
        Misconfigured: There is no such function.

    """
    firebell = getattr(settings, "FIREBELL", {})
    value = path or (firebell.get("UID") if isinstance(firebell, Mapping) else None)
    if value is None:
        return primary_key
    if isinstance(value, str):
        try:
            value = import_string(value)
        except ImportError as error:
            raise Misconfigured(f"The function that gives a uid: {error}.") from error
    if not callable(value):
        raise Misconfigured("The function that gives a uid must take a user and return text.")
    found: Callable[[Any], object] = value
    return found


def primary_key(user: Any) -> str:
    """Give the uid that a user has unless something else is said: the primary key."""
    return str(user.pk)
