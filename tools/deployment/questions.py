"""Ask Google's REST APIs about a project; it only reads."""

from collections.abc import Callable, Mapping
from typing import Any

import requests

from tools.deployment.findings import Answer, Answers
from tools.deployment.plan import APIS, Plan

TIMEOUT_S = 30
POLICY_VERSION = 3
"""Older versions hide conditions, and a conditional binding looks like a plain one."""

Address = Callable[[str], str]


def google(service: str) -> str:
    """Return the address of Google's *service*."""
    return f"https://{service}.googleapis.com"


def ask(session: requests.Session, plan: Plan, *, address: Address = google) -> Answers:
    """Ask everything that the findings need.

    Args:
        session: Adds the credentials to each request.
        plan: Names the project, accounts and database to ask about.
        address: Where a service is.

    """

    def get(service: str, path: str, query: Mapping[str, Any] | None = None) -> Answer:
        return _answer(session, "GET", f"{address(service)}/v1/{path}", params=query)

    def policy(account: str) -> Answer:
        # Unlike Resource Manager, IAM takes the version in the query and refuses a body.
        url = f"{address('iam')}/v1/{account}:getIamPolicy"
        query = {"options.requestedPolicyVersion": POLICY_VERSION}
        return _answer(session, "POST", url, params=query)

    project = f"projects/{plan.project}"
    runtime = _account(plan.runtime_account, plan.project)
    django = _account(plan.django_account, plan.project)
    services = {"names": [f"{project}/services/{api}" for api in APIS]}
    return Answers(
        billing=get("cloudbilling", f"{project}/billingInfo"),
        services=get("serviceusage", f"{project}/services:batchGet", services),
        project_policy=_answer(
            session,
            "POST",
            f"{address('cloudresourcemanager')}/v1/{project}:getIamPolicy",
            json={"options": {"requestedPolicyVersion": POLICY_VERSION}},
        ),
        runtime_account=get("iam", runtime),
        runtime_policy=policy(runtime),
        django_account=get("iam", django),
        django_policy=policy(django),
        database=get("firestore", f"{project}/databases/{plan.database}"),
    )


def _account(email: str, project: str) -> str:
    """Return the account's name; with `-` for its project an absent one would be called denied."""
    home, is_own, _ = email.partition("@")[2].partition(".iam.gserviceaccount.com")
    return f"projects/{home if is_own else project}/serviceAccounts/{email}"


def _answer(session: requests.Session, method: str, url: str, **parts: Any) -> Answer:
    try:
        response = session.request(method, url, timeout=TIMEOUT_S, **parts)
    except requests.RequestException:
        return Answer(status=0, body={})
    try:
        body = response.json()
    except requests.JSONDecodeError:
        body = {}
    return Answer(status=response.status_code, body=body if isinstance(body, dict) else {})
