"""`tools/preflight`: check a Google Cloud project and say how to mend what is missing."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import google.auth
import google.auth.exceptions
from google.auth.transport.requests import AuthorizedSession

from tools.deployment.findings import Finding, Verdict, judge
from tools.deployment.plan import Plan
from tools.deployment.questions import ask

ROOT = Path(__file__).resolve().parents[2]
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]

LOG_IN = """\
No usable Google credentials on this machine. Get some with
    gcloud auth application-default login
or set GOOGLE_APPLICATION_CREDENTIALS to a service account's key file."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 when nothing is missing, 1 when something is, 2 when nobody could be asked."""
    plan = parse(arguments)
    try:
        credentials, _ = google.auth.default(scopes=SCOPES, quota_project_id=plan.project)
        session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call] # has no types
        answers = ask(session, plan)
    except google.auth.exceptions.GoogleAuthError as error:
        print(f"{LOG_IN}\n({type(error).__name__})", file=sys.stderr)
        return 2
    found = judge(plan, answers)
    print(report(found))
    return 1 if any(finding.verdict is Verdict.MISSING for finding in found) else 0


def parse(arguments: Sequence[str] | None) -> Plan:
    """Read the command line; what it leaves out comes from firebase.json and docs/deploy.md."""
    firestore = json.loads((ROOT / "firebase.json").read_text())["firestore"]
    parser = argparse.ArgumentParser(prog="tools/preflight", description=__doc__)
    parser.add_argument("--project", required=True, help="the Google Cloud project's id")
    parser.add_argument("--runtime-account", help="default: firebell-runtime@PROJECT.iam…")
    parser.add_argument("--django-account", help="default: firebell-django@PROJECT.iam…")
    parser.add_argument("--database", default=firestore["database"])
    given = parser.parse_args(arguments)
    domain = f"{given.project}.iam.gserviceaccount.com"
    return Plan(
        project=given.project,
        runtime_account=given.runtime_account or f"firebell-runtime@{domain}",
        django_account=given.django_account or f"firebell-django@{domain}",
        database=given.database,
        location=firestore["location"],
    )


def report(found: Sequence[Finding]) -> str:
    """Return the findings as lines, each fault with the command that mends it, and a sum."""
    lines = []
    for finding in found:
        detail = f" ({finding.detail})" if finding.detail else ""
        lines.append(f"{finding.verdict:<12} {finding.check}{detail}")
        if finding.command:
            lines.append(f"{'':<12}   {finding.command}")
    counts = {verdict: sum(f.verdict is verdict for f in found) for verdict in Verdict}
    return "\n".join([*lines, ", ".join(f"{count} {name}" for name, count in counts.items())])


if __name__ == "__main__":
    sys.exit(main())
