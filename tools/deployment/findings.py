"""Turn Google's answers about a project into findings: what is right, missing, or cannot be told.

Pure: it asks nothing.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tools.deployment import plan as needs
from tools.deployment.plan import Plan


class Verdict(StrEnum):
    """What a check came to. Only `MISSING` is a fault; `UNKNOWN` says that we may not look."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report. `command` mends what is missing."""

    check: str
    verdict: Verdict
    detail: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one API said. `status` is HTTP's, 0 when nothing answered."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the APIs said about one project."""

    billing: Answer
    services: Answer
    project_policy: Answer
    runtime_account: Answer
    runtime_policy: Answer
    django_account: Answer
    django_policy: Answer
    database: Answer


def judge(plan: Plan, answers: Answers) -> list[Finding]:
    """Return the findings in the order in which they are best mended."""
    return [
        _billing(plan, answers.billing),
        *_apis(plan, answers.services),
        _database(plan, answers.database),
        _account("functions' account", plan, plan.runtime_account, answers.runtime_account),
        *_project_roles(plan, plan.runtime_account, needs.RUNTIME_ROLES, answers.project_policy),
        _own_role(plan, plan.runtime_account, needs.ACT_AS_ITSELF, answers, answers.runtime_policy),
        _account("Django's account", plan, plan.django_account, answers.django_account),
        *_project_roles(plan, plan.django_account, needs.DJANGO_ROLES, answers.project_policy),
        _own_role(plan, plan.django_account, needs.SIGN_AS_ITSELF, answers, answers.django_policy),
    ]


def _billing(plan: Plan, answer: Answer) -> Finding:
    check = "billing (Blaze plan)"
    command = _gcloud("billing projects link", plan.project, "--billing-account=ACCOUNT_ID")
    if answer.status != 200:
        return _unknown(check, answer)
    if answer.body.get("billingEnabled"):
        return Finding(check=check, verdict=Verdict.OK)
    return Finding(check=check, verdict=Verdict.MISSING, command=command)


def _apis(plan: Plan, answer: Answer) -> Iterator[Finding]:
    if answer.status != 200:
        yield _unknown("APIs", answer)
        return
    enabled = {
        service["name"].rpartition("/")[2]
        for service in answer.body.get("services", [])
        if service.get("state") == "ENABLED"
    }
    for api, purpose in needs.APIS.items():
        command = _gcloud("services enable", api, f"--project={plan.project}")
        yield _present(f"API {api}", api in enabled, purpose, command)


def _database(plan: Plan, answer: Answer) -> Finding:
    check = f"Firestore database {plan.database}"
    create = _gcloud(
        "firestore databases create",
        f"--database={plan.database}",
        f"--location={plan.location}",
        "--type=firestore-native",
        f"--project={plan.project}",
    )
    if answer.status == 404:
        return Finding(check=check, verdict=Verdict.MISSING, command=create)
    if answer.status != 200:
        return _unknown(check, answer)
    kind, location = answer.body.get("type"), answer.body.get("locationId", "?")
    if kind != "FIRESTORE_NATIVE":
        detail = (
            f"is {kind}; Firebell needs native mode: empty it and change its type, or name another"
        )
        return Finding(
            check=check,
            verdict=Verdict.MISSING,
            detail=detail,
            command=_gcloud(
                "firestore databases update",
                f"--database={plan.database}",
                "--type=firestore-native",
                f"--project={plan.project}",
            ),
        )
    detail = f"native mode in {location}"
    if location != plan.location:
        detail += f" (firebase.json says {plan.location}; a location cannot be changed)"
    return Finding(check=check, verdict=Verdict.OK, detail=detail)


def _account(name: str, plan: Plan, email: str, answer: Answer) -> Finding:
    check = f"{name} {email}"
    if answer.status == 404:
        create = _gcloud(
            "iam service-accounts create", email.partition("@")[0], f"--project={plan.project}"
        )
        return Finding(check=check, verdict=Verdict.MISSING, command=create)
    if answer.status != 200:
        return _unknown(check, answer)
    if answer.body.get("disabled"):
        enable = _gcloud("iam service-accounts enable", email, f"--project={plan.project}")
        return Finding(check=check, verdict=Verdict.MISSING, detail="is disabled", command=enable)
    return Finding(check=check, verdict=Verdict.OK)


def _project_roles(
    plan: Plan, email: str, roles: Mapping[str, str], policy: Answer
) -> Iterator[Finding]:
    for role, purpose in roles.items():
        command = _gcloud(
            "projects add-iam-policy-binding",
            plan.project,
            f"--member=serviceAccount:{email}",
            f"--role={role}",
            "--condition=None",
        )
        yield _role(f"{email}: {role}", email, role, (policy,), purpose, command)


def _own_role(plan: Plan, email: str, role: str, answers: Answers, own_policy: Answer) -> Finding:
    """Look for *role* on the account itself; on the project it holds for every account there."""
    command = _gcloud(
        "iam service-accounts add-iam-policy-binding",
        email,
        f"--member=serviceAccount:{email}",
        f"--role={role}",
        f"--project={plan.project}",
    )
    policies = (own_policy, answers.project_policy)
    return _role(f"{email}: {role} on itself", email, role, policies, "", command)


def _role(
    check: str, email: str, role: str, policies: tuple[Answer, ...], purpose: str, command: str
) -> Finding:
    bindings = [
        binding
        for policy in policies
        for binding in policy.body.get("bindings", [])
        if binding["role"] == role and f"serviceAccount:{email}" in binding.get("members", [])
    ]
    if any("condition" not in binding for binding in bindings):
        return Finding(check=check, verdict=Verdict.OK)
    if bindings:
        return Finding(check=check, verdict=Verdict.UNKNOWN, detail="granted under a condition")
    for policy in policies:
        # An account that does not exist has no policy: granting the role comes after creating it.
        if policy.status not in (200, 404):
            return _unknown(check, policy)
    return Finding(check=check, verdict=Verdict.MISSING, detail=purpose, command=command)


def _present(check: str, is_there: bool, purpose: str, command: str) -> Finding:
    if is_there:
        return Finding(check=check, verdict=Verdict.OK)
    return Finding(check=check, verdict=Verdict.MISSING, detail=purpose, command=command)


def _unknown(check: str, answer: Answer) -> Finding:
    error = answer.body.get("error")
    said = error.get("message") if isinstance(error, Mapping) else None
    detail = f"HTTP {answer.status}: {said or 'no reason given'}" if answer.status else "no answer"
    return Finding(check=check, verdict=Verdict.UNKNOWN, detail=detail)


def _gcloud(command: str, *arguments: str) -> str:
    return f"gcloud {command} {' '.join(shlex.quote(argument) for argument in arguments)}"
