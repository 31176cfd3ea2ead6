"""How a thing that is done is set up, and what Google bills for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.integration.bill import Bill, Meter
from tests.integration.scene import Scene

Act: TypeAlias = Callable[[], object]
Prepare: TypeAlias = Callable[[Scene], Act]
"""Sets the scene, and returns what is to be billed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the bill."""

    title: str
    prepare: Prepare
    bill: Bill


CASES: list[Case] = []
"""Filled by the modules that `bill_cases` names."""


def costs(
    title: str, *, reads: int = 0, writes: int = 0, deletes: int = 0
) -> Callable[[Prepare], Prepare]:
    """Say what the decorated case costs."""

    def add(prepare: Prepare) -> Prepare:
        bill = Bill(reads=reads, writes=writes, deletes=deletes)
        CASES.append(Case(title=title, prepare=prepare, bill=bill))
        return prepare

    return add


def bill_of(case: Case, scene: Scene, meter: Meter) -> Bill:
    """Set the scene, and count what the case then costs an instance that is warm."""
    act = case.prepare(scene)
    scene.services.reference.runtime(scene.clock.now)
    return meter.bill_of(act)
