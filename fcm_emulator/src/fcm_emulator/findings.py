"""What reading a request found wrong, in the words of Google's front end."""

import msgspec

from fcm_emulator.refusal import Violation

# Enough to mend a request by; a hostile body must not grow the reply without end.
_MAX_FINDINGS = 50
_MAX_SHOWN_CHARACTERS = 200


class Findings:
    """Collects violations while a request is read; paths are dotted, in snake_case."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self.violations: list[Violation] = []

    @property
    def is_full(self) -> bool:
        """Tell whether more would be left out, so that reading on is for nothing."""
        return len(self.violations) >= _MAX_FINDINGS

    def unknown_name(self, path: str, name: str, reason: str = "Cannot find field.") -> None:
        """Note a name that the schema does not have at *path*, or a list or map in its place."""
        place = f" at '{path}'" if path else ""
        shown = name[:_MAX_SHOWN_CHARACTERS]
        problem = f'Invalid JSON payload received. Unknown name "{shown}"{place}: {reason}'
        self._add(path, problem)

    def misplaced(self, path: str, reason: str) -> None:
        """Note a list or map where the field at *path* takes neither."""
        parent, _, name = path.rpartition(".")
        self.unknown_name(parent, name, reason)

    def wrong_value(self, path: str, proto_type: str, value: object) -> None:
        """Note a value that the type of the field at *path* cannot hold."""
        shown = msgspec.json.encode(value).decode()[:_MAX_SHOWN_CHARACTERS]
        self.wrong(path, proto_type, shown)

    def wrong(self, path: str, proto_type: str, problem: str) -> None:
        """Note that the value at *path* is no *proto_type*, and why."""
        self._add(path, f"Invalid value at '{path}' ({proto_type}), {problem}")

    def _add(self, path: str, description: str) -> None:
        if not self.is_full:
            self.violations.append(Violation(field=path, description=description))
