"""The local stack's command line: `python -m tools.stack_command up|run|down`."""

import argparse
import os
import subprocess
import sys
import time

from tools import processes, servers
from tools.stack import OWNER, ROOT, Stack, StackError, Stopped


def main() -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.stack_command", description=__doc__)
    parser.add_argument("--no-django", action="store_true", help="leave Django out")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("up", help="serve until Ctrl-C")
    run = actions.add_parser("run", help="run a command with the stack around it")
    run.add_argument("command", nargs=argparse.REMAINDER)
    actions.add_parser("down", help="end the stack, or what is left of a killed one")
    arguments = parser.parse_args()
    try:
        match arguments.action:
            case "up":
                return _up(django=not arguments.no_django)
            case "run":
                return _run(arguments.command, django=not arguments.no_django)
            case _:
                return _down()
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except Stopped as stopped:
        return stopped.exit_status


def _up(*, django: bool) -> int:
    with Stack(django=django) as stack:
        print("The stack runs; Ctrl-C ends it.", flush=True)
        while True:
            time.sleep(1)
            stack.check()


def _run(command: list[str], *, django: bool) -> int:
    with Stack(django=django) as stack:
        # Marked as part of the stack, the command's own children end with it, too.
        environment = {**os.environ, **stack.environment, processes.MARK: str(ROOT)}
        return subprocess.run(command, env=environment).returncode


def _down() -> int:
    owner = processes.owner(ROOT / OWNER)
    if owner:
        processes.end([owner])
    left = processes.marked(ROOT)
    for line in processes.describe(left):
        print(f"ending {line}")
    alive = processes.end_all(ROOT, first=servers.command_line_interfaces(ROOT))
    (ROOT / OWNER).unlink(missing_ok=True)
    if not owner and not left:
        print("No stack runs.")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
