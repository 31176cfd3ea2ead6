"""Remembers in a file how far an import has come, so that the next run goes on there."""

import json
import os
from pathlib import Path

from firebell_import.errors import Misconfigured


class Progress:
    """The last row done of each source, for one Firebell; nothing is kept without a file."""

    def __init__(self, path: Path | None, *, url: str) -> None:
        """Go on from what *path* says.

        Raises:
            Misconfigured: It is no such file, or one about another Firebell than *url*.

        """
        self._path = path
        self._url = url
        self._done: dict[str, str] = {}
        if path is not None and path.exists():
            self._done = _read(path, url)

    @property
    def is_begun(self) -> bool:
        """An earlier run was stopped."""
        return bool(self._done)

    def last(self, source: str) -> str | None:
        """Return the key of the last row done of *source*."""
        return self._done.get(source)

    def note(self, source: str, pk: str) -> None:
        """Keep that all rows of *source* up to *pk* are done; killed, one of both states stays."""
        self._done[source] = pk
        if self._path is not None:
            fresh = self._path.with_name(self._path.name + ".new")
            fresh.write_text(json.dumps({"url": self._url, "done": self._done}) + "\n")
            os.replace(fresh, self._path)

    def finish(self) -> None:
        """Forget all: the next run begins anew."""
        self._done = {}
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _read(path: Path, url: str) -> dict[str, str]:
    try:
        said = json.loads(path.read_text())
        found = {str(name): str(pk) for name, pk in said["done"].items()}
        begun_for = said["url"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misconfigured(f"{path} does not say how far an import came; remove it.") from error
    if begun_for != url:
        raise Misconfigured(f"{path} is of an import to {begun_for}; name another with --state.")
    return found
