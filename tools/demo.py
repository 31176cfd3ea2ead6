"""`make demo`: start the local stack, run the story on it, then serve until Ctrl-C."""

import argparse
import os
import signal
import sys
import time
import traceback

from rich.console import Console

from tools import ports, story
from tools.narration import Failed, Narrator
from tools.servers import PROJECT
from tools.stack import ROOT, Stack, StackError, Stopped

TRACEBACK = ROOT / ".stack/logs/story.log"

ADDRESSES = (
    ("Django", f"http://{ports.HOST}:{ports.DJANGO}/api/login/"),
    ("HTTP API", f"http://{ports.HOST}:{ports.HOSTING}/v1/notifications"),
    ("phones", f"http://{ports.HOST}:{ports.FCM}/?project={PROJECT}"),
    ("Functions", f"http://{ports.HOST}:{ports.FUNCTIONS}/"),
    ("Firestore", f"{ports.HOST}:{ports.FIRESTORE}"),
    ("Auth", f"http://{ports.HOST}:{ports.AUTH}/"),
)


def main() -> int:
    """Run the command line and return the exit status: 0 when all of the story held."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end after the story")
    arguments = parser.parse_args()
    console = Console(soft_wrap=True)
    try:
        with Stack() as stack:
            held = _tell(console, dict(stack.environment))
            if not arguments.once:
                _serve(console, stack)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except Stopped as stopped:
        return stopped.exit_status
    return 0 if held else 1


def _tell(console: Console, environment: dict[str, str]) -> bool:
    os.environ.update(environment)  # the Firestore client finds its emulator there
    narrator = Narrator(console)
    console.print("\nThe story:")
    try:
        story.run(narrator)
    except Exception as failure:  # noqa: BLE001 - whatever broke the story, it does not hold
        console.print("\n[red]The story does not hold:[/red] ", end="")
        console.print(_in_one_line(failure), highlight=False, markup=False)
        return False
    console.print(f"\nThe story holds: {narrator.step_count} steps, all of them.\n")
    return True


def _in_one_line(failure: Exception) -> str:
    """Say what broke the story; where that was no expectation, a file has its traceback."""
    said = " ".join(str(failure).split())
    if isinstance(failure, Failed):
        return said
    TRACEBACK.parent.mkdir(parents=True, exist_ok=True)
    TRACEBACK.write_text("".join(traceback.format_exception(failure)))
    return f"{type(failure).__name__}: {said} (where: {TRACEBACK.relative_to(ROOT)})"


def _serve(console: Console, stack: Stack) -> None:
    """Serve until Ctrl-C, which is the end that the reader was told of, hence no failure."""
    for name, address in ADDRESSES:
        console.print(f"  {name:13} {address}", highlight=False)
    try:
        console.print("\nServing; Ctrl-C ends it.")
        while True:
            time.sleep(1)
            stack.check()
    except Stopped as stopped:
        if stopped.exit_status != 128 + signal.SIGINT:
            raise


if __name__ == "__main__":
    sys.exit(main())
