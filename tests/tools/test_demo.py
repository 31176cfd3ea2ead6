"""How `make demo` ends: in one line when the story breaks, with status 0 at the Ctrl-C it names."""

import signal
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from google.api_core.exceptions import ServiceUnavailable
from rich.console import Console

from tools import demo, servers, story
from tools.narration import expect
from tools.scene import Scene

ROOT = Path(__file__).parents[2]

# Serves nothing, but as `make demo` does.
SERVE = """
import signal
from rich.console import Console
from tools import demo, stack

for number in stack.STOP_SIGNALS:
    signal.signal(number, stack._raise_stopped)
demo._serve(Console(), stack.Stack())
print("the end")
"""


def lacks_a_field(scene: Scene) -> None:
    with scene.narrator.step("the answer has a name"):
        {"id": "1"}["[name]"]


def meets_a_server_that_is_down(scene: Scene) -> None:
    with scene.narrator.step("Firestore answers"):
        message = "failed to connect\nto all addresses"
        raise ServiceUnavailable(message)  # type: ignore[no-untyped-call] # its package has no types


def is_not_as_expected(scene: Scene) -> None:
    with scene.narrator.step("it comes"):
        expect(False, "2 messages arrived [/red] instead of 3")


@pytest.mark.parametrize(
    ("chapter", "said"),
    [
        (lacks_a_field, "KeyError: '[name]' (where: .stack/logs/story.log)"),
        (
            meets_a_server_that_is_down,
            "ServiceUnavailable: 503 failed to connect to all addresses"
            " (where: .stack/logs/story.log)",
        ),
        (is_not_as_expected, "2 messages arrived [/red] instead of 3"),
    ],
)
def test_a_story_that_breaks_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch, chapter: Callable[[Scene], None], said: str
) -> None:
    monkeypatch.setattr(story, "CHAPTERS", (chapter,))
    output = StringIO()
    for name, value in servers.addresses().items():
        monkeypatch.setenv(name, value)

    held = demo._tell(Console(file=output, soft_wrap=True), servers.addresses())

    assert held is False
    _, last = output.getvalue().split("\n\n")[-2:]
    assert last == f"The story does not hold: {said}\n"


@pytest.mark.parametrize(
    ("number", "is_asked_for"), [(signal.SIGINT, True), (signal.SIGTERM, False)]
)
def test_serving_ends_well_at_ctrl_c_alone(number: signal.Signals, is_asked_for: bool) -> None:
    serving = subprocess.Popen(
        [sys.executable, "-u", "-c", SERVE], cwd=ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert serving.stdout
    while "Serving" not in serving.stdout.readline():
        assert serving.poll() is None

    serving.send_signal(number)
    output, _ = serving.communicate(timeout=30)

    assert ("the end" in output) is is_asked_for
    assert (serving.returncode == 0) is is_asked_for
