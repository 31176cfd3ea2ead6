"""The stack as a user meets it: all or nothing at start, nothing left at the end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tools import ports, processes, servers
from tools.stack import OWNER, ROOT, Stack, StackError, ensure

COMMAND = [sys.executable, "-m", "tools.stack_command", "--no-django"]
PATIENCE_S = 120
STACK_PORTS = Stack(django=False).ports

BROKEN_FOR_ALL = 'raise RuntimeError("broken on purpose")'
BROKEN_AT_DISCOVERY = """
import os

if "FUNCTION_TARGET" not in os.environ:
    raise RuntimeError("broken on purpose")


def sweep(request):
    return "swept"
"""

Up = subprocess.Popen[str]


@pytest.fixture(autouse=True)
def _ports_to_ourselves() -> Iterator[None]:
    held = ports.busy(STACK_PORTS)
    if held and not os.environ.get("REQUIRE_ALL"):
        pytest.skip(f"these tests start stacks of their own, but {held[0]}")
    assert held == []
    yield
    left = processes.end_all(ROOT)
    assert left == []


@pytest.fixture
def up() -> Iterator[Callable[[], Up]]:
    started: list[Up] = []

    def start() -> Up:
        process = subprocess.Popen(
            [*COMMAND, "up"],
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            preexec_fn=_heed_interrupts,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_for(process: Up, text: str) -> None:
    assert process.stdout
    for line in process.stdout:
        if text in line:
            return
    pytest.fail(f"the stack ended before it said {text!r}")


def test_a_busy_port_is_named_and_nothing_is_started() -> None:
    holder = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", ports.HOST, str(ports.HOSTING)],
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        while not ports.busy([ports.HOSTING]):
            time.sleep(0.05)

        refused = subprocess.run([*COMMAND, "up"], cwd=ROOT, text=True, capture_output=True)
    finally:
        holder.kill()
        holder.wait()

    assert refused.returncode == 1
    assert f"port {ports.HOSTING} is held by process {holder.pid}: " in refused.stderr
    assert "-m http.server" in refused.stderr
    assert "Nothing was started." in refused.stderr
    assert refused.stdout == ""
    assert not (ROOT / OWNER).exists()


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        pytest.param("The stack runs", signal.SIGINT, id="Ctrl-C when it runs"),
        pytest.param("ready: FCM emulator", signal.SIGTERM, id="SIGTERM while it starts"),
        pytest.param("ready: sweep", signal.SIGHUP, id="closed terminal while it starts"),
    ],
)
def test_a_signal_leaves_nothing_running(
    up: Callable[[], Up], moment: str, number: signal.Signals
) -> None:
    process = up()
    wait_for(process, moment)

    process.send_signal(number)
    output, _ = process.communicate(timeout=PATIENCE_S)

    assert "ports are free" in output
    assert process.returncode == 128 + number
    assert processes.marked(ROOT) == []
    assert ports.busy(STACK_PORTS) == []


def test_a_second_stack_is_refused_and_the_first_goes_on(up: Callable[[], Up]) -> None:
    first = up()
    wait_for(first, "The stack runs")

    second = subprocess.run([*COMMAND, "up"], cwd=ROOT, text=True, capture_output=True)

    assert second.returncode == 1
    assert f"A stack runs already, started by process {first.pid}: " in second.stderr
    assert first.poll() is None
    down = subprocess.run([*COMMAND, "down"], cwd=ROOT, text=True, capture_output=True)
    assert down.returncode == 0
    assert ports.busy(STACK_PORTS) == []


def test_a_stack_in_another_shell_is_used_and_left_alone(
    up: Callable[[], Up], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make stack` in one shell, `pytest tests/integration` in another."""
    _forget_the_stack_around(monkeypatch)
    first = up()
    wait_for(first, "The stack runs")

    with ensure() as addresses:
        fcm = requests.get(f"http://{addresses['FCM_EMULATOR_HOST']}/", timeout=10)

    assert fcm.ok
    assert first.poll() is None
    assert len(ports.busy(STACK_PORTS)) == len(STACK_PORTS)


def test_a_stack_that_does_not_listen_yet_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _forget_the_stack_around(monkeypatch)
    (tmp_path / OWNER).parent.mkdir()
    processes.record(tmp_path / OWNER)

    with pytest.raises(StackError, match="A stack runs already"), ensure(root=tmp_path):
        pass


def test_what_a_killed_stack_left_is_named_and_ended_by_stop(up: Callable[[], Up]) -> None:
    killed = up()
    wait_for(killed, "The stack runs")
    killed.kill()
    killed.wait()

    refused = subprocess.run([*COMMAND, "up"], cwd=ROOT, text=True, capture_output=True)
    down = subprocess.run([*COMMAND, "down"], cwd=ROOT, text=True, capture_output=True)

    assert refused.returncode == 1
    assert "Left over from a stack that was killed:" in refused.stderr
    assert "firebase.js emulators:start" in refused.stderr
    assert "make stop" in refused.stderr
    assert down.returncode == 0
    assert processes.marked(ROOT) == []
    assert ports.busy(STACK_PORTS) == []


@pytest.mark.parametrize(
    ("main", "problem"),
    [
        pytest.param(BROKEN_FOR_ALL, "ended with status 1", id="everywhere"),
        pytest.param(BROKEN_AT_DISCOVERY, "could not be loaded", id="at discovery only"),
    ],
)
def test_functions_that_do_not_load_end_the_start(tmp_path: Path, main: str, problem: str) -> None:
    root = a_root(tmp_path, main=main)

    with (
        pytest.raises(StackError, match=problem) as refused,
        Stack(django=False, root=root),
    ):
        pass

    assert "broken on purpose" in str(refused.value)
    assert processes.marked(root) == []
    assert ports.busy(STACK_PORTS) == []


def _forget_the_stack_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in servers.addresses():
        monkeypatch.delenv(name, raising=False)


def _heed_interrupts() -> None:
    # What a shell puts into the background ignores interrupts, and that is inherited.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def a_root(folder: Path, *, main: str) -> Path:
    """Make a repository's folder with everything but its own functions."""
    for name in ("node_modules", ".venv", "tools", "firebase.json", "firestore.rules", "hosting"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "functions").mkdir()
    for name in ("venv", "requirements.txt"):
        (folder / "functions" / name).symlink_to(ROOT / "functions" / name)
    (folder / "functions/main.py").write_text(main)
    (folder / ".stack").mkdir()
    chosen = json.loads((ROOT / ".stack/firestore.json").read_text())
    (folder / ".stack/firestore.json").write_text(json.dumps(chosen))
    return folder
