"""Starts and stops the local stack: `with Stack() as stack:`; its commands: `stack_command`."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType, TracebackType

from rich.console import Console

from tools import local_config, ports, processes, servers
from tools.scheduler import Scheduler

ROOT = Path(__file__).resolve().parent.parent

OWNER = ".stack/owner.json"
"""Names the process that started the stack."""

START_LIMIT_S = 120.0
"""For all servers together: about 8 s on two idle cores, several times that on laden ones."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StackError(Exception):
    """The stack cannot run; the message says what to do."""


class Stopped(KeyboardInterrupt):
    """A signal asks to stop; like Ctrl-C, so that test runners end as they do then."""

    def __init__(self, number: int) -> None:
        """Remember which signal it was."""
        super().__init__()
        self.exit_status = 128 + number


class Stack:
    """The emulators, the FCM emulator, the scheduler's stand-in and, if wanted, Django.

    Entering starts them all or none; leaving ends them all, whatever happened between.
    """

    def __init__(self, *, django: bool = True, root: Path = ROOT) -> None:
        """Choose what to start; nothing is started yet."""
        self.environment: Mapping[str, str] = servers.addresses()
        self.ports = [*ports.EMULATORS.values(), ports.FCM, ports.SCHEDULER]
        self._describe = [servers.fcm, servers.firebase, servers.scheduler]
        if django:
            self._describe.append(servers.django)
            self.ports.append(ports.DJANGO)
        self._root = root
        self._logs = root / ".stack/logs"
        self._owner = root / OWNER
        self._console = Console(highlight=False, markup=False, soft_wrap=True)
        self._running: list[tuple[servers.Server, subprocess.Popen[bytes]]] = []
        self._scheduler = Scheduler(self._logs / "scheduler.log")
        self._former_handlers: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> "Stack":
        """Start everything and wait until it is ready.

        Raises:
            StackError: A port is busy, a former stack is still there, or a server does not come up.

        """
        self._refuse_company()
        self._handle(_raise_stopped)
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything and make sure of it.

        Raises:
            StackError: A process or a port outlived the stop.

        """
        self._stop()

    def check(self) -> None:
        """Look whether every server still runs.

        Raises:
            StackError: One does not; the message ends with its last words.

        """
        for server, process in self._running:
            if process.poll() is not None:
                raise self._failure(server, f"ended with status {process.returncode}")

    def _start(self) -> None:
        started = time.monotonic()
        processes.record(self._owner)
        self._logs.mkdir(parents=True, exist_ok=True)
        try:
            local_config.write(self._root)
            described = [describe(self._root) for describe in self._describe]
        except FileNotFoundError as error:
            raise StackError(f"{error}; run make setup first") from error
        for server in described:
            process = processes.start(
                server.command,
                environment=server.environment,
                log=self._log(server),
                root=self._root,
                folder=server.folder,
            )
            self._running.append((server, process))
        self._wait(started)
        self._scheduler.start()

    def _wait(self, started: float) -> None:
        waiting = [server for server, _ in self._running]
        while waiting:
            self.check()
            for server in list(waiting):
                if self._is_ready(server):
                    waiting.remove(server)
                    self._say(time.monotonic() - started, f"ready: {server.name}")
            if waiting and time.monotonic() - started > START_LIMIT_S:
                raise self._failure(waiting[0], f"was not ready within {START_LIMIT_S:.0f} s")
            time.sleep(0.05)

    def _is_ready(self, server: servers.Server) -> bool:
        try:
            return server.is_ready(self._log(server))
        except servers.ServerError as error:
            raise self._failure(server, str(error)) from error

    def _stop(self) -> None:
        # A second Ctrl-C must not leave half of it running; the stop is bounded in time.
        self._handle(signal.SIG_IGN)
        started = time.monotonic()
        self._scheduler.stop()
        left = processes.end_all(self._root, first=servers.command_line_interfaces(self._root))
        for _, process in self._running:
            process.poll()  # takes note of the end, so that no zombie stays
        self._owner.unlink(missing_ok=True)
        held = ports.busy(self.ports) if self._running else []
        self._restore_handlers()
        if left or held:
            raise StackError(
                "\n".join(["The stack did not end:", *processes.describe(left), *map(str, held)])
            )
        self._say(time.monotonic() - started, "stopped; ports are free")

    def _refuse_company(self) -> None:
        owner = processes.owner(self._owner)
        if owner:
            raise StackError(
                f"A stack runs already, started by process {owner.pid}: {' '.join(owner.cmdline())}"
                "\nEnd it there, or with: make stop"
            )
        left = processes.marked(self._root)
        if left:
            lines = [
                "Left over from a stack that was killed:",
                *processes.describe(left),
                "End them: make stop",
            ]
            raise StackError("\n".join(lines))
        held = ports.busy(self.ports)
        if held:
            raise StackError("\n".join([*map(str, held), "Nothing was started."]))

    def _log(self, server: servers.Server) -> Path:
        return self._logs / f"{server.name.split()[0].lower()}.log"

    def _failure(self, server: servers.Server, problem: str) -> StackError:
        log = self._log(server)
        lines = [f"{server.name}: {problem}", *(f"  | {line}" for line in servers.last_words(log))]
        return StackError("\n".join([*lines, f"whole log: {log}"]))

    def _say(self, seconds: float, what: str) -> None:
        self._console.print(f"{seconds:6.1f} s  {what}")

    def _handle(self, handler: "signal._HANDLER") -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in STOP_SIGNALS:
            if number not in self._former_handlers and signal.getsignal(number) == signal.SIG_IGN:
                continue  # whoever started us (nohup, a shell's background) wants it ignored
            former = signal.signal(number, handler)
            self._former_handlers.setdefault(number, former)

    def _restore_handlers(self) -> None:
        for number, handler in self._former_handlers.items():
            signal.signal(number, handler)
        self._former_handlers.clear()


@contextlib.contextmanager
def ensure(*, django: bool = False, root: Path = ROOT) -> Iterator[Mapping[str, str]]:
    """Give the addresses of the stack: of one that runs already, else of one started for us.

    One around us is known by what `python -m tools.stack_command run` puts into the environment,
    one in another shell (`make stack`) by its owner and by who listens on its ports.

    Raises:
        StackError: As entering `Stack` does, also while the one in another shell starts or stops.

    """
    stack = Stack(django=django, root=root)
    is_around = all(os.environ.get(name) == value for name, value in stack.environment.items())
    if is_around or _serves(stack, root):
        yield stack.environment
        return
    with stack:
        yield stack.environment


def _serves(stack: Stack, root: Path) -> bool:
    """Tell whether a living owner's servers hold every port that *stack* would take."""
    if processes.owner(root / OWNER) is None:
        return False
    own = {process.pid for process in processes.marked(root)}
    held = ports.busy(stack.ports)
    return len(held) == len(stack.ports) and {port.pid for port in held} <= own


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise Stopped(number)
