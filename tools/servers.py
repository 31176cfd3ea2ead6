"""The servers of the local stack: what to start, in which environment, and when each is ready."""

import contextlib
import http.client
import os
import shlex
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from tools import firestore_install, local_config, ports, processes

PROJECT = "demo-firebell"
"""A project id that begins with demo- keeps firebase-tools from asking for a Google account."""

COMMAND_LINE_INTERFACE = "node_modules/firebase-tools/lib/bin/firebase.js"

NOT_LOADED = "Failed to load function"
SHOWN_LINES = 25

FOREIGN = (
    "FIREBASE_CONFIG",
    "FIREBASE_TOKEN",
    "FIRESTORE_EMULATOR_BINARY_PATH",
    "FUNCTION_SIGNATURE_TYPE",
    "FUNCTION_TARGET",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "HOST",
    "NODE_OPTIONS",
    "PORT",
    "PYTHONHOME",
    "PYTHONPATH",
)
"""Variables of the user's shell that would lead a server elsewhere, or to a real project."""


def addresses() -> dict[str, str]:
    """Tell clients of the stack where everything is, as environment variables."""
    return {
        "GCLOUD_PROJECT": PROJECT,
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "CLOUD_TASKS_EMULATOR_HOST": f"{ports.HOST}:{ports.TASKS}",
        "FCM_EMULATOR_HOST": f"{ports.HOST}:{ports.FCM}",
        "FIREBASE_AUTH_EMULATOR_HOST": f"{ports.HOST}:{ports.AUTH}",
        "FIRESTORE_EMULATOR_HOST": f"{ports.HOST}:{ports.FIRESTORE}",
    }


class ServerError(Exception):
    """A server cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One server of the stack.

    Attributes:
        is_ready: Asked with the server's log until true; raises ServerError when it never will be.

    """

    name: str
    command: tuple[str | Path, ...]
    environment: Mapping[str, str]
    folder: Path
    port: int
    is_ready: Callable[[Path], bool]


def fcm(root: Path) -> Server:
    """Describe the FCM emulator."""
    arguments = ("-m", "fcm_emulator", "--host", ports.HOST, "--port", str(ports.FCM))
    return Server(
        name="FCM emulator",
        command=(root / ".venv/bin/python", *arguments),
        environment=_environment(),
        folder=root,
        port=ports.FCM,
        is_ready=lambda _: _answers(ports.FCM),
    )


def firebase(root: Path) -> Server:
    """Describe firebase-tools with the emulators of Auth, Firestore, Functions, Tasks, Hosting."""
    firestore = firestore_install.load(root)
    command: tuple[str | Path, ...] = (
        *("node", root / COMMAND_LINE_INTERFACE, "emulators:start"),
        *("--config", root / local_config.NAME, "--project", PROJECT),
        *("--only", "auth,functions,firestore,tasks,hosting"),
    )
    environment = _environment(
        NODE_OPTIONS=f'--require "{root / "tools/nokeepalive.cjs"}"',
        # The CLI gives up on functions/main.py after 10 s otherwise, which a laden machine exceeds.
        FUNCTIONS_DISCOVERY_TIMEOUT="60",
        # Reaches the Python workers, which inherit the CLI's environment.
        FCM_EMULATOR_HOST=f"{ports.HOST}:{ports.FCM}",
    )
    match firestore.kind:
        case "hidane":
            command = (firestore.path, "exec", "--", *command)
        case "binary":
            environment["FIRESTORE_EMULATOR_BINARY_PATH"] = firestore.path
        case "official":
            pass
    return Server(
        name="Firebase emulators",
        command=command,
        environment=environment,
        folder=root / ".stack/logs",  # where the CLI leaves its debug logs
        port=ports.HUB,
        is_ready=_all_emulators_ready,
    )


def command_line_interfaces(root: Path) -> list[psutil.Process]:
    """Find firebase-tools in the stack of *root*, which is to be ended before the rest.

    It then takes its emulators down in order. Its parent may be hidane, which passes no signal on.
    """
    found = []
    for process in processes.marked(root):
        with contextlib.suppress(psutil.Error):
            if process.cmdline()[1:2] == [str(root / COMMAND_LINE_INTERFACE)]:
                found.append(process)
    return found


def last_words(log: Path) -> list[str]:
    """Return the lines of *log* that tell best why its server failed."""
    lines = log.read_text(errors="replace").splitlines()
    # The CLI goes on after a failure to load functions; what Python said stands before that line.
    ends = [number for number, line in enumerate(lines, start=1) if NOT_LOADED in line]
    return lines[: ends[0] if ends else None][-SHOWN_LINES:]


def scheduler(root: Path) -> Server:
    """Describe a server for the scheduled function, which the Functions emulator does not run."""
    arguments = ("--target", "sweep", "--signature-type", "http")
    return Server(
        name="sweep (scheduled)",
        command=(
            *(root / "functions/venv/bin/functions-framework", *arguments),
            *("--host", ports.HOST, "--port", str(ports.SCHEDULER)),
        ),
        environment=_environment(
            **addresses(),
            FUNCTION_TARGET="sweep",
            FUNCTION_SIGNATURE_TYPE="http",
            FUNCTIONS_EMULATOR="true",
        ),
        folder=root / "functions",
        port=ports.SCHEDULER,
        is_ready=lambda _: _listens(ports.SCHEDULER),
    )


def django(root: Path) -> Server:
    """Describe the example project, with its database migrated and its users made."""
    manage = f"{shlex.quote(str(root / '.stack/django-venv/bin/python'))} manage.py"
    serve = f"runserver --noreload {ports.HOST}:{ports.DJANGO}"
    script = f"{manage} migrate --no-input && {manage} create_demo_users && exec {manage} {serve}"
    return Server(
        name="Django",
        command=("sh", "-c", script),
        environment=_environment(
            FIREBASE_AUTH_EMULATOR_HOST=f"{ports.HOST}:{ports.AUTH}", GOOGLE_CLOUD_PROJECT=PROJECT
        ),
        folder=root / "examples/django",
        port=ports.DJANGO,
        is_ready=lambda _: _listens(ports.DJANGO),
    )


def _environment(**own: str) -> dict[str, str]:
    unwanted = {*FOREIGN, *addresses()}
    inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**inherited, "PYTHONUNBUFFERED": "1", **own}


def _all_emulators_ready(log: Path) -> bool:
    text = log.read_text(errors="replace")
    # The CLI reports readiness even when no function could be loaded.
    if NOT_LOADED in text:
        raise ServerError("functions/main.py could not be loaded")
    return "All emulators ready" in text


def _listens(port: int) -> bool:
    try:
        socket.create_connection((ports.HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=1)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
