"""What somebody expects of a message, and how to say what came instead."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fcm_emulator.received import Received

# Of what came instead, so that a failure stays readable.
_LISTED_COUNT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a message has, as far as it is not None: *data* among what its app gets."""

    title: str | None = None
    body: str | None = None
    data: Mapping[str, str] | None = None

    def is_met_by(self, received: Received) -> bool:
        """Tell whether *received* has it all."""
        shown = received.shown or {}
        return (
            (self.title is None or shown.get("title") == self.title)
            and (self.body is None or shown.get("body") == self.body)
            and (self.data or {}).items() <= received.data.items()
        )

    def __str__(self) -> str:
        """Say what is asked for."""
        wanted = {"title": self.title, "body": self.body, "data": self.data}
        asked = {name: part for name, part in wanted.items() if part is not None}
        return f"a message with {_json(asked)}" if asked else "a message"


def report(received: Sequence[Received]) -> str:
    """List the newest of what was sent, for people."""
    if not received:
        return "No message was sent there."
    lines = [_line(one) for one in received[-_LISTED_COUNT:]]
    left_out = len(received) - len(lines)
    return "\n".join(
        ["What was sent there:", *([f"  … {left_out} earlier"] if left_out else []), *lines]
    )


def _line(received: Received) -> str:
    shown = _json(received.shown) if received.shown is not None else "nothing"
    who = received.label or received.target.value
    data = f", data {_json(received.data)}" if received.data else ""
    return f"  {received.seq}. {who} ({received.platform}), {received.outcome}: shows {shown}{data}"


def _json(part: Any) -> str:
    return json.dumps(part, ensure_ascii=False)
