"""Topic names and topic conditions: their syntax, as FCM documents it.

A condition is terms joined by `&&` and `||`, read from left to right: no operator binds closer.
A term is `'name' in topics`, a condition in parentheses, or either of them after `!`.
"""

import re
from collections.abc import Container
from dataclasses import dataclass

# FCM documentation, "Send to topics".
MAX_TOPICS_IN_CONDITION = 5
# Five topics of the greatest length fit, with ample room for what joins them.
MAX_CONDITION_BYTES = 5120

_TOPIC = re.compile(r"[a-zA-Z0-9\-_.~%]{1,900}")
_LEXEME = re.compile(r"\s*(?:(&&|\|\||[!()])|'([a-zA-Z0-9\-_.~%]{1,900})'\s+in\s+topics\b)")
# Deeper nesting names no more topics and would only exhaust the parser.
_MAX_DEPTH = 50


class InvalidCondition(ValueError):
    """The text is not a condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InTopic:
    """Holds for a device that is subscribed to *topic*."""

    topic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Holds where *term* does not."""

    term: "Condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Holds if *first*, then each step joined to the result so far, holds in the end."""

    first: "Condition"
    steps: tuple[tuple[str, "Condition"], ...]


Condition = InTopic | Not | Chain


def is_topic(name: str) -> bool:
    """Tell whether *name* may be a topic: bare, without a leading `/topics/`."""
    return _TOPIC.fullmatch(name) is not None


def parse(text: str) -> Condition:
    """Read a condition.

    Raises:
        InvalidCondition: the text does not follow the grammar, names more than five topics, or is
            too long.

    """
    if len(text) > MAX_CONDITION_BYTES or len(text.encode()) > MAX_CONDITION_BYTES:
        raise InvalidCondition(f"more than {MAX_CONDITION_BYTES} bytes")
    lexemes = _split(text)
    if sum(lexeme.startswith("'") for lexeme in lexemes) > MAX_TOPICS_IN_CONDITION:
        raise InvalidCondition(f"more than {MAX_TOPICS_IN_CONDITION} topics")
    condition, at = _chain(lexemes, 0, 0)
    if at != len(lexemes):
        raise InvalidCondition(f"unexpected {lexemes[at]}")
    return condition


def holds(condition: Condition, topics: Container[str]) -> bool:
    """Tell whether *condition* holds for a device that is subscribed to *topics*."""
    if isinstance(condition, InTopic):
        return condition.topic in topics
    if isinstance(condition, Not):
        return not holds(condition.term, topics)
    so_far = holds(condition.first, topics)
    for operator, term in condition.steps:
        # Whatever the operator, the left side is decided before the right one is looked at.
        so_far = holds(term, topics) if so_far == (operator == "&&") else so_far
    return so_far


def _split(text: str) -> list[str]:
    lexemes, at, end = [], 0, len(text.rstrip())
    while at < end:
        found = _LEXEME.match(text, at)
        if found is None:
            raise InvalidCondition(f"not a topic term or operator at character {at}")
        lexemes.append(found[1] or f"'{found[2]}")
        at = found.end()
    return lexemes


def _chain(lexemes: list[str], at: int, depth: int) -> tuple[Condition, int]:
    first, at = _term(lexemes, at, depth)
    steps: list[tuple[str, Condition]] = []
    while at < len(lexemes) and lexemes[at] in ("&&", "||"):
        operator = lexemes[at]
        term, at = _term(lexemes, at + 1, depth)
        steps.append((operator, term))
    return (Chain(first=first, steps=tuple(steps)) if steps else first), at


def _term(lexemes: list[str], at: int, depth: int) -> tuple[Condition, int]:
    if at == len(lexemes) or depth > _MAX_DEPTH:
        raise InvalidCondition("a term is missing")
    if lexemes[at] == "!":
        term, at = _term(lexemes, at + 1, depth + 1)
        return Not(term=term), at
    if lexemes[at] == "(":
        inner, at = _chain(lexemes, at + 1, depth + 1)
        if at == len(lexemes) or lexemes[at] != ")":
            raise InvalidCondition("a closing parenthesis is missing")
        return inner, at + 1
    if not lexemes[at].startswith("'"):
        raise InvalidCondition(f"unexpected {lexemes[at]}")
    return InTopic(topic=lexemes[at][1:]), at + 1
