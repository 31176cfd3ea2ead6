"""Makes everything that the stack, the checks and the tests run on: `tools/python -m tools.setup`.

Standard library only, because it runs before anything is installed. A second run does nothing.
"""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType

from tools import firestore_install
from tools.firestore_choice import Machine, Source, candidates
from tools.steps import Shell, Step, perform

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".stack"
PIP_ENVIRONMENT = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PYTHONUTF8": "1"}
REQUIRE_HASHES = ("install", "--require-hashes", "--requirement")


def main() -> int:
    """Set everything up and return the exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    os.chdir(ROOT)
    os.environ.update(PIP_ENVIRONMENT)
    STATE.mkdir(exist_ok=True)
    started = time.monotonic()
    with (STATE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up runs in this folder; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            failed = perform(_steps(), state=STATE)
        except KeyboardInterrupt:
            print("Interrupted; the next run goes on from here.")
            return 130
    if failed:
        print(f"Set-up failed: {', '.join(failed)}")
        return 1
    print(f"{time.monotonic() - started:6.1f} s  set up with Python {sys.version.split()[0]}")
    return 0


def _steps() -> list[Step]:
    facts = subprocess.run(
        ["tools/requirements", "--facts"], capture_output=True, text=True, check=True
    )
    machine = Machine.parse(facts.stdout)
    return [
        Step(
            name="npm",
            title="the Firebase command line and its emulators (npm)",
            key=_hash(["package.json", "package-lock.json", ".npmrc"]),
            product=ROOT / "node_modules/.bin/firebase",
            # The one script that does much compiles re2, for minutes where no binary can be had.
            # The CLI wants it for regular expressions in Hosting rewrites, and does without.
            work=lambda shell: shell.run("npm", "ci", "--ignore-scripts"),
        ),
        Step(
            name="firestore",
            title=_firestore_title(machine),
            # Java, Rust or hidane that come later do not replace an emulator that works.
            key=_hash([], machine.binary),
            product=_firestore_product(machine),
            work=lambda shell: firestore_install.obtain(machine, shell, root=ROOT),
            after=("npm",) if Source.OFFICIAL in candidates(machine) else (),
        ),
        _environment(
            "functions",
            "what the functions run on",
            "functions/venv",
            ["functions/requirements.txt"],
            _functions,
        ),
        _environment(
            "dev",
            "tools and tests",
            ".venv",
            ["requirements-dev.txt", "functions/requirements.txt", "fcm_emulator/pyproject.toml"],
            _dev,
        ),
        _environment(
            "django",
            "the example Django project",
            ".stack/django-venv",
            ["examples/django/requirements.txt", *_sources("django-firebell")],
            _django,
        ),
    ]


def _environment(
    name: str, title: str, folder: str, inputs: list[str], fill: Callable[[Shell, str], None]
) -> Step:
    def work(shell: Shell) -> None:
        shell.run(sys.executable, "-m", "venv", "--clear", folder)
        fill(shell, f"{folder}/bin/pip")

    # The exact interpreter is an input: an environment made by another one is made anew.
    return Step(
        name=name,
        title=f"{title} ({folder})",
        key=_hash(inputs, sys.version, sys.base_prefix),
        product=ROOT / folder / "bin/python",
        work=work,
    )


def _functions(shell: Shell, pip: str) -> None:
    shell.run(pip, *REQUIRE_HASHES, "functions/requirements.txt")


def _dev(shell: Shell, pip: str) -> None:
    shell.run(pip, *REQUIRE_HASHES, "requirements-dev.txt", "-r", "functions/requirements.txt")
    shell.run(pip, "install", "--no-deps", "--editable", "fcm_emulator")


def _django(shell: Shell, pip: str) -> None:
    wheels = STATE / "wheels"
    for old in wheels.glob("*.whl"):
        old.unlink()
    shell.run(pip, "install", "--requirement", "examples/django/requirements.txt")
    shell.run(pip, "wheel", "--no-deps", "--wheel-dir", wheels, "./django-firebell")
    shell.run(pip, "install", *wheels.glob("*.whl"))


def _firestore_title(machine: Machine) -> str:
    may_compile = {Source.NPM, Source.CARGO} >= set(candidates(machine))
    return "a Firestore emulator" + (", compiled by cargo: some minutes" if may_compile else "")


def _firestore_product(machine: Machine) -> Path:
    try:
        return firestore_install.usable(ROOT, machine)
    except FileNotFoundError:
        return STATE / "firestore.json"


def _sources(folder: str) -> list[str]:
    files = [path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()]
    return sorted(str(file) for file in files if not any(map(_is_generated, file.parts)))


def _is_generated(part: str) -> bool:
    return part in {"build", "dist", "__pycache__"} or part.startswith(".")


def _hash(files: Iterable[str], *facts: str) -> str:
    digest = hashlib.sha256()
    for name in files:
        content = (ROOT / name).read_bytes()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    digest.update("\n".join(facts).encode())
    return digest.hexdigest()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
