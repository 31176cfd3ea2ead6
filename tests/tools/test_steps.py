"""Set-up's steps: done once, done again when their inputs change, resumed after a failure."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tools.steps import Shell, Step, perform

ROOT = Path(__file__).parents[2]


def a_step(folder: Path, *, name: str = "made", script: str = "echo again >> made") -> Step:
    product = folder / name
    return Step(
        name=name,
        title=name,
        key="first",
        product=product,
        work=lambda shell: shell.run("sh", "-c", f"cd '{folder}' && {script}"),
    )


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    step = a_step(tmp_path)

    assert perform([step], state=tmp_path / "state") == []
    assert perform([step], state=tmp_path / "state") == []

    assert (tmp_path / "made").read_text() == "again\n"


def test_a_changed_input_makes_the_step_run_again(tmp_path: Path) -> None:
    step = a_step(tmp_path)

    perform([step], state=tmp_path / "state")
    perform([replace(step, key="second")], state=tmp_path / "state")

    assert (tmp_path / "made").read_text() == "again\nagain\n"


def test_a_lost_product_is_made_again(tmp_path: Path) -> None:
    step = a_step(tmp_path)
    perform([step], state=tmp_path / "state")
    (tmp_path / "made").unlink()

    perform([step], state=tmp_path / "state")

    assert (tmp_path / "made").read_text() == "again\n"


def test_a_step_that_failed_half_way_is_repeated_and_others_are_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = a_step(tmp_path)
    broken = a_step(tmp_path, name="broken", script="echo half >> broken; echo why; exit 3")

    assert perform([whole, broken], state=tmp_path / "state") == ["broken"]
    assert perform([whole, broken], state=tmp_path / "state") == ["broken"]

    assert (tmp_path / "broken").read_text() == "half\nhalf\n"
    assert (tmp_path / "made").read_text() == "again\n"
    shown = capsys.readouterr().out
    assert "broken: sh ended with status 3" in shown
    assert "| why" in shown
    assert "setup-broken.log" in shown


def test_a_step_whose_requirement_failed_is_not_tried(tmp_path: Path) -> None:
    broken = a_step(tmp_path, name="broken", script="exit 1")
    behind = replace(a_step(tmp_path), after=("broken",))

    assert perform([broken, behind], state=tmp_path / "state") == ["broken", "made"]

    assert not (tmp_path / "made").exists()


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    def work(shell: Shell) -> None:
        shell.run("sleep", "60", timeout_s=0.1)

    step = replace(a_step(tmp_path), work=work)

    assert perform([step], state=tmp_path / "state") == ["made"]


def test_an_interrupt_ends_the_commands_and_leaves_no_stamp(tmp_path: Path) -> None:
    script = f"""
from pathlib import Path
from tests.tools.test_steps import a_step
from tools.steps import perform

folder = Path({str(tmp_path)!r})
perform([a_step(folder, script="{{ sleep 60 & echo $$ > made; wait; }}")], state=folder / "state")
"""
    run = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        preexec_fn=_heed_interrupts,
    )
    made = tmp_path / "made"
    while not (made.exists() and made.read_text()):
        assert run.poll() is None
        time.sleep(0.05)
    command = psutil.Process(int(made.read_text()))
    family = [command, *command.children()]

    run.send_signal(signal.SIGINT)
    run.communicate(timeout=10)

    assert len(family) == 2
    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert not (tmp_path / "state/stamps/made").exists()


def _heed_interrupts() -> None:
    # What a shell puts into the background ignores interrupts, and that is inherited.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
