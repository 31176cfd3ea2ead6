"""Brings devices over to Firebell: `manage.py firebell_import`."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS

from firebell_import import access, importing, lines, sources, uids
from firebell_import.errors import FirebellImportError, Misconfigured, Stopped
from firebell_import.pace import Pace
from firebell_import.progress import Progress
from firebell_import.since import since
from firebell_import.sources import Options, Source
from firebell_import.tally import Tally
from firebell_import.upload import Upload

STATE_FILE: Final = "firebell-import.json"
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
TOLD_EVERY: Final = 10_000
"""Rows between two words of how far it is."""
NEEDS_A_LOOK: Final = 1
NOT_DONE: Final = 2


class Command(BaseCommand):
    """Counts what can be imported, and with --commit imports it."""

    help = (
        "Brings the devices of fcm-django and django-push-notifications over to Firebell. Without"
        " --commit it only says what can be imported and what not. It may be run again, and goes on"
        " where it was stopped. Exit status: 0 done; 1 done, but Firebell refused rows or has them"
        " otherwise; 2 not done, see what it says."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where to, what, and how."""
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--commit", action="store_true", help="import; without, only count")
        mode.add_argument("--dry-run", action="store_true", help="only count (the default)")
        add = parser.add_argument
        add("--url", type=_url, help="where Firebell is: https://YOUR-PROJECT.web.app")
        add("--audience", help="of the ID token, as the deployment lists it; default: the --url")
        add("--credentials", type=Path, metavar="FILE", help="key of the service account")
        add("--source", action="append", choices=sources.NAMES, help="only this one; repeatable")
        add("--since", type=_since, help="only rows created since: 90m, 6h, 2d, 2026-03-01")
        add("--platform", choices=lines.PLATFORMS, help="of django-push-notifications' devices")
        add("--application-id", help="only this one of django-push-notifications' applications")
        add("--uid", metavar="PATH", help='function user → uid; default: FIREBELL["UID"], else pk')
        add("--report-changes", action="store_true", help="compare known devices, too")
        add("--state", type=Path, metavar="FILE", help=f"how far it came; default: {STATE_FILE}")
        add("--database", default=DEFAULT_DB_ALIAS, help="which of DATABASES")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count or import, and say what became of every row."""
        try:
            found = sources.installed(tuple(options["source"] or ()), _options(options))
            needs_a_look = self._bring(found, options) if options["commit"] else self._look(found)
        except FirebellImportError as error:
            raise CommandError(str(error), returncode=NOT_DONE) from error
        except KeyboardInterrupt as error:
            problem = "Stopped. What was done stays done; the same command goes on."
            raise CommandError(problem, returncode=NOT_DONE) from error
        if needs_a_look:
            raise CommandError("Some rows need a look: see above.", returncode=NEEDS_A_LOOK)

    def _look(self, found: list[Source]) -> bool:
        seen: set[bytes] = set()
        for source in found:
            self._say(importing.look(source, seen).report())
            self._say(_foreign(source))
        self.stdout.write("Nothing was sent: that takes --commit.")
        return False

    def _bring(self, found: list[Source], options: dict[str, Any]) -> bool:
        if not options["url"]:
            raise Misconfigured("Say with --url where Firebell is.")
        progress = Progress(_state(options), url=options["url"])
        if progress.is_begun:
            self.stdout.write("Going on where the last run stopped.")
        session = access.session(options["audience"] or options["url"], key=options["credentials"])
        pace = Pace()
        upload = Upload(
            session, options["url"], reports_changes=options["report_changes"], pace=pace
        )
        looks = [self._bring_one(source, upload, pace, progress) for source in found]
        progress.finish()
        return any(looks)

    def _bring_one(self, source: Source, upload: Upload, pace: Pace, progress: Progress) -> bool:
        tally, told = Tally(source.name), 0
        try:
            for tally in importing.bring(source, upload, pace, progress):
                if tally.results.total() - told >= TOLD_EVERY:
                    told = tally.results.total()
                    self.stdout.write(f"{source.name}: {told} sent so far")
        except (Stopped, KeyboardInterrupt):
            self._say(tally.report())
            raise
        self._say(tally.report())
        self._say(_foreign(source))
        return tally.needs_a_look

    def _say(self, said: Iterator[str]) -> None:
        for line in said:
            self.stdout.write(line)


def _foreign(source: Source) -> Iterator[str]:
    for what, count in source.foreign().items():
        yield f"  {count:>8} {what}"


def _options(options: dict[str, Any]) -> Options:
    return Options(
        database=options["database"],
        uid_of=uids.function(options["uid"]),
        platform=options["platform"],
        application_id=options["application_id"],
        since=options["since"],
    )


def _state(options: dict[str, Any]) -> Path | None:
    if options["since"] is None:
        return options["state"] or Path(STATE_FILE)
    if options["state"] is not None:
        raise Misconfigured("--since needs no --state: rows that were sent are known next time.")
    return None


def _url(text: str) -> str:
    parts = urlsplit(text)
    if not parts.hostname or (parts.scheme != "https" and parts.hostname not in LOOPBACK):
        raise ArgumentTypeError("must begin with https://")
    return text.rstrip("/")


def _since(text: str) -> datetime:
    try:
        return since(text, now=datetime.now(timezone.utc))
    except (ValueError, OverflowError):
        raise ArgumentTypeError("write 90m, 6h, 2d, or 2026-03-01T02:30") from None
