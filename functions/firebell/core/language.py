"""Language tags (BCP 47), and which of several languages a reader gets."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def normal(tag: str) -> str:
    """Return *tag* joined by '-', the letters as they are: `de_AT` is `de-AT`."""
    return tag.replace("_", "-")


def lookup(locale: str | None, found: Mapping[str, T]) -> tuple[str, T] | None:
    """Return what *found* holds for a reader's *locale*: the tag and its value, None without one.

    RFC 4647's lookup: the whole tag, then ever fewer subtags; letters' case and '_' for '-' do not
    matter. `de-AT` gets `de-AT` or `de`, never `de-DE`.

    Args:
        locale: As a device reports it; need not be well-formed.
        found: By normal tag.

    """
    if locale is None or not found:
        return None
    by_tag = {tag.lower(): tag for tag in found}
    subtags = normal(locale).lower().split("-")
    while subtags:
        tag = by_tag.get("-".join(subtags))
        if tag is not None:
            return tag, found[tag]
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            # It only introduces what has just been dropped (RFC 4647 section 3.4).
            subtags.pop()
    return None
