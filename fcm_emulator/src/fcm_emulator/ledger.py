"""All state of the emulator: the projects, and the ids of messages, unique over all of them.

In memory and for one event loop only; nothing here knows HTTP, and the clock is passed in.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fcm_emulator.limits import Limits, Use
from fcm_emulator.project import Project

# Per project; older messages are forgotten so that memory stays flat in long runs.
DEFAULT_HISTORY_COUNT = 50_000
# Per device: enough to see what became of the hundred messages that may be pending.
DEFAULT_DEVICE_HISTORY_COUNT = 250


@dataclass(slots=True)
class Ledger:
    """The projects; each exists, empty, from the moment somebody names it to change it."""

    history_count: int = DEFAULT_HISTORY_COUNT
    device_history_count: int = DEFAULT_DEVICE_HISTORY_COUNT
    limits: Limits = field(default_factory=Limits)
    clock_ns: Callable[[], int] = time.time_ns
    _projects: dict[str, Project] = field(default_factory=dict)
    _last_id_us: int = 0

    def project(self, project_id: str) -> Project:
        """Give the project of that id, empty if nobody named it before."""
        return self._projects.setdefault(project_id, self.look(project_id))

    def look(self, project_id: str) -> Project:
        """Give the project of that id to read only: one that nobody named is not kept."""
        project = self._projects.get(project_id)
        if project is None:
            use = Use(self.limits)
            project = Project(self.history_count, self.device_history_count, self.clock_ns, use)
        return project

    def project_ids(self) -> list[str]:
        """List the projects that have had devices, in the order of their first naming."""
        return [name for name, project in self._projects.items() if project.revision]

    def holder(self, target: str) -> tuple[str, Project] | None:
        """Find a project, with its id, that has a device under *target*."""
        holders = (entry for entry in self._projects.items() if entry[1].find(target) is not None)
        return next(holders, None)

    def new_message_id(self) -> str:
        """Make an id as FCM's look: microseconds, a percent sign, sixteen hex digits."""
        # The machine's time: ids rise over all projects; one that is ahead would take all along.
        self._last_id_us = max(self._last_id_us + 1, self.clock_ns() // 1000)
        return f"0:{self._last_id_us}%{secrets.token_hex(4) * 2}"

    def reset(self, project_id: str) -> None:
        """Forget everything of one project; its numbering starts again."""
        project = self._projects.pop(project_id, None)
        if project is not None:
            project.close()

    def close(self) -> None:
        """Let go of everybody who waits, so that the server can stop."""
        for project in self._projects.values():
            project.close()
