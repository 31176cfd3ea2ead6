"""Which Firestore emulator this machine can have, in the order in which to try them.

Pure: it reads facts and touches nothing. `firestore_install` obtains what is chosen here.
"""

from dataclasses import dataclass
from enum import Enum

OLDEST_JAVA = 21
"""Major version that firebase-tools 15 demands before it starts any emulator written in Java."""

HIDANE_VERSION = "0.6.0"

OLDEST_RUST_MINOR = 88
"""Rust 1.x that builds hidane 0.6.0 (rust-version in its Cargo.toml)."""


class Source(Enum):
    """Where a Firestore emulator comes from."""

    GIVEN = "FIRESTORE_EMULATOR_BINARY_PATH"
    OFFICIAL = "the official emulator"
    ON_PATH = "hidane on PATH"
    NPM = "hidane's npm package"
    CARGO = "cargo install hidane"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What `tools/requirements --facts` found; an empty string or None: it is not there."""

    binary: str
    java: int | None
    hidane: str
    npm: str
    rust_minor: int | None
    linker: str

    @classmethod
    def parse(cls, facts: str) -> "Machine":
        """Read the `name=value` lines of `tools/requirements --facts`.

        Raises:
            KeyError: A fact is missing.

        """
        found = dict(line.split("=", 1) for line in facts.splitlines())
        return cls(
            binary=found["binary"],
            java=_number(found["java"]),
            hidane=found["hidane"],
            npm=found["npm"],
            rust_minor=_number(found["rust_minor"]),
            linker=found["linker"],
        )

    @property
    def has_java(self) -> bool:
        """Whether emulators written in Java can run."""
        return self.java is not None and self.java >= OLDEST_JAVA


def candidates(machine: Machine) -> tuple[Source, ...]:
    """List the sources worth trying on *machine*, best first.

    An emulator that the user names is the only candidate: another one would hide a wrong path.
    """
    if machine.binary:
        return (Source.GIVEN,)
    possible = {
        Source.OFFICIAL: machine.has_java,
        Source.ON_PATH: bool(machine.hidane),
        Source.NPM: bool(machine.npm),
        Source.CARGO: machine.rust_minor is not None
        and machine.rust_minor >= OLDEST_RUST_MINOR
        and bool(machine.linker),
    }
    return tuple(source for source, is_possible in possible.items() if is_possible)


def _number(text: str) -> int | None:
    return int(text) if text else None
