"""Obtains the Firestore emulator that `firestore_choice` proposes, and remembers which it is."""

import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from tools.firestore_choice import HIDANE_VERSION, OLDEST_JAVA, Machine, Source, candidates
from tools.steps import Shell, StepError

DOWNLOAD_TIMEOUT_S = 180.0
"""For 137 MB; where its host cannot be reached the CLI fails within seconds."""

NPM_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Firestore:
    """The emulator to start.

    Attributes:
        kind: `official`: the CLI finds its own download. `binary`: a jar, given to the CLI
            by FIRESTORE_EMULATOR_BINARY_PATH. `hidane`: a program that stands in for Java.

    """

    kind: Literal["official", "binary", "hidane"]
    path: str


def obtain(machine: Machine, shell: Shell, *, root: Path) -> None:
    """Install the first candidate that can be had on *machine* and write down which it is.

    Raises:
        StepError: None could be had; each one's reason is in the log.

    """
    for source in candidates(machine):
        try:
            firestore = _obtain(source, machine, shell, root)
        except (OSError, StepError) as error:
            with shell.log.open("a") as log:
                log.write(f"{source.value}: {error}\n")
            continue
        (root / ".stack/firestore.json").write_text(json.dumps(asdict(firestore)) + "\n")
        return
    raise StepError("no Firestore emulator could be had; tools/requirements lists the ways")


def load(root: Path) -> Firestore:
    """Read which emulator set-up chose.

    Raises:
        FileNotFoundError: Set-up has not run.

    """
    return Firestore(**json.loads((root / ".stack/firestore.json").read_text()))


def usable(root: Path, machine: Machine) -> Path:
    """Return the program or jar that was chosen, if *machine* can still run it.

    Raises:
        FileNotFoundError: Nothing was chosen yet, or the Java that the choice needs is gone.

    """
    firestore = load(root)
    if firestore.kind != "hidane" and not machine.has_java:
        raise FileNotFoundError(f"Java {OLDEST_JAVA} or newer, which {firestore.path} needs")
    return Path(firestore.path)


def _obtain(source: Source, machine: Machine, shell: Shell, root: Path) -> Firestore:
    match source:
        case Source.GIVEN:
            return _given(Path(machine.binary).resolve(), machine)
        case Source.OFFICIAL:
            return _official(shell, root)
        case Source.ON_PATH:
            return _hidane(Path(machine.hidane))
        case Source.NPM:
            return _from_npm(shell, root / ".stack/hidane-npm")
        case Source.CARGO:
            return _from_cargo(shell, root / ".stack/hidane")


def _given(path: Path, machine: Machine) -> Firestore:
    with path.open("rb") as file:
        is_jar = file.read(2) == b"PK"
    if not is_jar:
        return _hidane(path)
    if not machine.has_java:
        raise StepError(f"{path} is a jar, which needs Java {OLDEST_JAVA} or newer on PATH")
    return Firestore(kind="binary", path=str(path))


def _official(shell: Shell, root: Path) -> Firestore:
    command = root / "node_modules/.bin/firebase"
    # It downloads anew whenever it is asked; what is already there must do without a network.
    module = "require('firebase-tools/lib/emulator/downloadableEmulators')"
    found = subprocess.run(
        ["node", "-p", f"{module}.getDownloadDetails('firestore').downloadPath"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    jar = Path(found.stdout.strip())
    if not jar.is_file():
        shell.run(command, "setup:emulators:firestore", timeout_s=DOWNLOAD_TIMEOUT_S)
    return Firestore(kind="official", path=str(jar))


def _from_npm(shell: Shell, folder: Path) -> Firestore:
    folder.mkdir(parents=True, exist_ok=True)
    package = f"hidane@{HIDANE_VERSION}"
    shell.run("npm", "install", "--prefix", folder, "--no-save", package, timeout_s=NPM_TIMEOUT_S)
    return _hidane(folder / "node_modules/.bin/hidane")


def _from_cargo(shell: Shell, folder: Path) -> Firestore:
    version = ("--locked", "--version", HIDANE_VERSION)
    shell.run("cargo", "install", "hidane", *version, "--root", folder)
    return _hidane(folder / "bin/hidane")


def _hidane(path: Path) -> Firestore:
    program = shutil.which(path)
    if program is None:
        raise StepError(
            f"{path} is no program; FIRESTORE_EMULATOR_BINARY_PATH takes a jar or hidane"
        )
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30)
    if not answer.stdout.startswith("hidane "):
        raise StepError(f"{path} does not answer as hidane does")
    return Firestore(kind="hidane", path=program)
