"""Run a deployed Firebell: stop it, let it go on, send again, lift a quarantine."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import google.auth.exceptions
from google.api_core import exceptions

from firebell.core import schema
from firebell.core.deliveries import State
from firebell.errors import FirebellError, Unavailable
from firebell_import.pace import Pace
from tools.deployment.preflight import LOG_IN
from tools.operation import redriving, restoring, stamping, switch
from tools.operation.desk import EMULATOR, Desk, open_desk, state_query
from tools.operation.redriving import Wanted
from tools.operation.since import since

ROOT = Path(__file__).resolve().parents[2]
REDRIVABLE = (State.FAILED, State.GAVE_UP, State.DONE)

HELP = """\
what to do when
  phones get what they should not    tools/operate pause --project P
  it is over                         tools/operate resume --project P
  nobody knows how it stands         tools/operate status --project P
  pushes failed, the cause is mended tools/operate redrive --project P --since 6h --dry-run
  a good device gets nothing         tools/operate restore --project P --uid UID
  an old inbox stays empty           tools/operate stamp --project P --dry-run

It works with your own Google credentials (`gcloud auth application-default login`), which need
roles/datastore.user on the project, or on the emulator that FIRESTORE_EMULATOR_HOST names.
Exit status: 0 done, 1 not as asked, 2 nobody could be asked. docs/operations.md has the rest.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 0 done, 1 not as asked, 2 not possible."""
    given = parse(arguments)
    try:
        desk = open_desk(given.project, given.database)
        print(desk.place)
        return _run(desk, given)
    except google.auth.exceptions.GoogleAuthError as error:
        print(f"{LOG_IN}\n({type(error).__name__})", file=sys.stderr)
    except FirebellError as error:
        print(explain(error, given.project, given.database), file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped. What was done stays done; the same command goes on.", file=sys.stderr)
    return 2


def explain(error: FirebellError, project: str, database: str) -> str:
    """Say in one line what went wrong, and what to do."""
    cause = error.__cause__
    if isinstance(cause, exceptions.Forbidden):
        return (
            f"You may not do this in project {project} (or there is no such project):"
            f" it takes roles/datastore.user. Google says: {cause.message}"
        )
    if isinstance(cause, exceptions.NotFound):
        return f"There is no database {database} in project {project}: see --database."
    if isinstance(error, Unavailable):
        where = os.environ.get(EMULATOR)
        reason = f"nothing answers at {EMULATOR}={where}" if where else "try again in a while"
        return f"Firestore cannot be reached: {reason}."
    return str(error)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; what it leaves out comes from firebase.json."""
    firestore = json.loads((ROOT / "firebase.json").read_text())["firestore"]
    parser = argparse.ArgumentParser(
        prog="tools/operate",
        description=__doc__,
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--project", required=True, help="the Google Cloud project's id")
    where.add_argument("--database", default=firestore["database"], help="default: %(default)s")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def add(name: str, says: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=says, description=says, parents=[where])

    add("pause", "stop all sending; nothing is lost")
    add("resume", "let sending go on")
    add("status", "say whether sending is paused, what is due, and how deliveries ended")
    _add_redrive(add("redrive", "send again what failed or was given up"))
    _add_stamp(add("stamp", "complete notifications that were there before Firebell"))
    _add_restore(add("restore", "list quarantined devices of a user, or make them active again"))
    return parser.parse_args(arguments)


def _add_redrive(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state",
        choices=[state.value for state in REDRIVABLE],
        help="only deliveries that ended so; default: failed and gaveUp. `done` finds those that"
        " reached some devices and failed for others: it reads every delivery of 30 days",
    )
    parser.add_argument(
        "--since",
        type=_since,
        metavar="WHEN",
        help="only deliveries begun since: 90m, 6h, 2d, or 2026-03-01T02:30 (UTC)",
    )
    parser.add_argument("--uid", help="only this user's")
    parser.add_argument("--limit", type=_positive, metavar="N", help="redrive at most so many")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, no more")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--uid", required=True, help="whose devices")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--device", help="one: its id, or the digits that the list shows")
    which.add_argument("--all", action="store_true", help="all that are quarantined")


def _add_stamp(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="count only")
    parser.add_argument("--after", type=_path, metavar="PATH", help="begin behind this document")


def _run(desk: Desk, given: argparse.Namespace) -> int:
    simple: dict[str, Callable[[Desk], None]] = {
        "pause": switch.pause,
        "resume": switch.resume,
        "status": switch.status,
    }
    if given.command in simple:
        simple[given.command](desk)
        return 0
    if given.command == "stamp":
        stamping.stamp(desk, dry_run=given.dry_run, after=given.after, pace=Pace())
        return 0
    if given.command == "restore":
        return restoring.restore(desk, given.uid, device=given.device, everything=given.all)
    return _redrive(desk, given)


def _redrive(desk: Desk, given: argparse.Namespace) -> int:
    states = (State(given.state),) if given.state else (State.FAILED, State.GAVE_UP)
    must_ask = not given.yes and not given.dry_run and sys.stdin.isatty()
    if must_ask and not _is_confirmed(desk, states, given.uid):
        print("Nothing was changed.")
        return 1
    wanted = Wanted(
        states=states,
        uid=given.uid,
        since=given.since,
        limit=given.limit,
        dry_run=given.dry_run,
    )
    redriving.redrive(desk, wanted)
    return 0


def _is_confirmed(desk: Desk, states: Sequence[State], uid: str | None) -> bool:
    counts = [
        f"{desk.count(state_query(desk.client, state, uid))} {state.value}" for state in states
    ]
    print(f"There are {' and '.join(counts)}; --since and --limit still choose among them.")
    return input("Send them again to devices that were not reached? [y/N] ").lower() in ("y", "yes")


def _since(text: str) -> datetime:
    try:
        return since(text, now=datetime.now(UTC))
    except (ValueError, OverflowError):
        problem = "write 90m, 6h, 2d, or 2026-03-01T02:30"
        raise argparse.ArgumentTypeError(problem) from None


def _path(text: str) -> str:
    parts = text.split("/")
    if len(parts) != 4 or parts[::2] != [schema.SETTINGS, schema.INBOX] or not all(parts):
        form = f"{schema.SETTINGS}/UID/{schema.INBOX}/ID"
        raise argparse.ArgumentTypeError(f"write {form}, as the last run did")
    return text


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("write a whole number from 1 on")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
