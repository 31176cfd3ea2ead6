"""What `tools/preflight` asks, over a real socket; what answers mean is tested in tests/unit."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tools.deployment.findings import Answer
from tools.deployment.plan import APIS, Plan
from tools.deployment.questions import ask

PLAN = Plan(
    project="shop-prod",
    runtime_account="123456789-compute@developer.gserviceaccount.com",
    django_account="django@accounts.iam.gserviceaccount.com",
    database="(default)",
    location="nam5",
)
# More would be refused by services:batchGet.
MAX_SERVICES_A_REQUEST = 30


class Google(ThreadingHTTPServer):
    """Notes each request and answers with its path; what is asked of Firestore is no JSON."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: dict[str, str] = {}

    def address(self, service: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{service}"


class Handler(BaseHTTPRequestHandler):
    server: Google

    def do_GET(self) -> None:
        self.answer("GET", "")

    def do_POST(self) -> None:
        self.answer("POST", self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def answer(self, method: str, body: str) -> None:
        self.server.asked[f"{method} {self.path}"] = body
        is_firestore = self.path.startswith("/firestore")
        content = b"<html>" if is_firestore else json.dumps({"path": self.path}).encode()
        self.send_response(502 if is_firestore else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def google() -> Iterator[Google]:
    with Google() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_every_question_is_asked_where_google_answers_it(google: Google) -> None:
    ask(requests.Session(), PLAN, address=google.address)

    runtime = f"/iam/v1/projects/shop-prod/serviceAccounts/{PLAN.runtime_account}"
    django = f"/iam/v1/projects/accounts/serviceAccounts/{PLAN.django_account}"
    assert {line.partition("?")[0] for line in google.asked} == {
        "GET /cloudbilling/v1/projects/shop-prod/billingInfo",
        "GET /serviceusage/v1/projects/shop-prod/services:batchGet",
        "POST /cloudresourcemanager/v1/projects/shop-prod:getIamPolicy",
        f"GET {runtime}",
        f"POST {runtime}:getIamPolicy",
        f"GET {django}",
        f"POST {django}:getIamPolicy",
        "GET /firestore/v1/projects/shop-prod/databases/(default)",
    }


def test_every_api_is_asked_about_at_once(google: Google) -> None:
    ask(requests.Session(), PLAN, address=google.address)

    (line,) = [line for line in google.asked if "batchGet" in line]
    names = parse_qs(urlsplit(line.partition(" ")[2]).query)["names"]
    assert names == [f"projects/shop-prod/services/{api}" for api in APIS]
    assert len(names) <= MAX_SERVICES_A_REQUEST


def test_conditions_of_roles_are_asked_for(google: Google) -> None:
    ask(requests.Session(), PLAN, address=google.address)

    asked = {line: body for line, body in google.asked.items() if ":getIamPolicy" in line}
    of_project = "POST /cloudresourcemanager/v1/projects/shop-prod:getIamPolicy"
    assert json.loads(asked.pop(of_project)) == {"options": {"requestedPolicyVersion": 3}}
    assert set(asked.values()) == {""}
    assert all(line.endswith("?options.requestedPolicyVersion=3") for line in asked)


def test_answer_that_is_no_json_is_kept_by_its_status(google: Google) -> None:
    answers = ask(requests.Session(), PLAN, address=google.address)

    assert answers.database == Answer(status=502, body={})
    assert answers.billing.status == 200


def test_service_that_does_not_answer_is_noted() -> None:
    answers = ask(requests.Session(), PLAN, address=lambda service: "http://127.0.0.1:1")

    assert answers.billing == Answer(status=0, body={})
