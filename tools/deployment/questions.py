"""Ask Google's REST APIs about a project; it only reads."""

from collections.abc import Callable, Mapping
from typing import Any

import requests

from tools.deployment.findings import Answer, Answers
from tools.deployment.plan import APIS, Plan

TIMEOUT_S = 30

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

    def post(service: str, path: str) -> Answer:
        # Version 3 shows conditions; older ones hide them and the binding looks unconditional.
        body = {"options": {"requestedPolicyVersion": 3}}
        return _answer(session, "POST", f"{address(service)}/v1/{path}", json=body)

    project = f"projects/{plan.project}"
    runtime = f"projects/-/serviceAccounts/{plan.runtime_account}"
    django = f"projects/-/serviceAccounts/{plan.django_account}"
    services = {"names": [f"{project}/services/{api}" for api in APIS]}
    return Answers(
        billing=get("cloudbilling", f"{project}/billingInfo"),
        services=get("serviceusage", f"{project}/services:batchGet", services),
        project_policy=post("cloudresourcemanager", f"{project}:getIamPolicy"),
        runtime_account=get("iam", runtime),
        runtime_policy=post("iam", f"{runtime}:getIamPolicy"),
        django_account=get("iam", django),
        django_policy=post("iam", f"{django}:getIamPolicy"),
        database=get("firestore", f"{project}/databases/{plan.database}"),
    )


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
