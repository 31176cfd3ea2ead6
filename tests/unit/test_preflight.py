from dataclasses import replace
from typing import Any

import pytest

from tools.deployment.findings import Answer, Answers, Finding, Verdict, judge
from tools.deployment.plan import APIS, Plan
from tools.deployment.preflight import parse, report

RUNTIME = "firebell-runtime@shop-prod.iam.gserviceaccount.com"
DJANGO = "firebell-django@shop-prod.iam.gserviceaccount.com"
PLAN = Plan(
    project="shop-prod",
    runtime_account=RUNTIME,
    django_account=DJANGO,
    database="(default)",
    location="nam5",
)
DENIED = Answer(
    status=403,
    body={"error": {"code": 403, "message": "Permission denied", "status": "PERMISSION_DENIED"}},
)
ABSENT = Answer(status=404, body={"error": {"code": 404, "status": "NOT_FOUND"}})
SILENT = Answer(status=0, body={})


def ok(**body: Any) -> Answer:
    return Answer(status=200, body=body)


def policy(*bindings: tuple[str, str]) -> Answer:
    return ok(
        version=1,
        etag="BwYx",
        bindings=[
            {"role": role, "members": ["user:ada@example.com", f"serviceAccount:{email}"]}
            for role, email in bindings
        ],
    )


def services(*, without: str = "") -> Answer:
    return ok(
        services=[
            {
                "name": f"projects/123456789/services/{api}",
                "config": {"name": api},
                "state": "DISABLED" if api == without else "ENABLED",
                "parent": "projects/123456789",
            }
            for api in APIS
        ]
    )


READY = Answers(
    billing=ok(
        name="projects/shop-prod/billingInfo",
        projectId="shop-prod",
        billingAccountName="billingAccounts/012345-567890-ABCDEF",
        billingEnabled=True,
    ),
    services=services(),
    project_policy=policy(
        ("roles/datastore.user", RUNTIME),
        ("roles/firebasecloudmessaging.admin", RUNTIME),
        ("roles/cloudtasks.enqueuer", RUNTIME),
        ("roles/run.invoker", RUNTIME),
        ("roles/eventarc.eventReceiver", RUNTIME),
        ("roles/firebaseauth.admin", DJANGO),
    ),
    runtime_account=ok(email=RUNTIME, uniqueId="1"),
    runtime_policy=policy(("roles/iam.serviceAccountUser", RUNTIME)),
    django_account=ok(email=DJANGO, uniqueId="2"),
    django_policy=policy(("roles/iam.serviceAccountTokenCreator", DJANGO)),
    database=ok(
        name="projects/shop-prod/databases/(default)", type="FIRESTORE_NATIVE", locationId="nam5"
    ),
)


def wrong(answers: Answers) -> list[Finding]:
    return [finding for finding in judge(PLAN, answers) if finding.verdict is not Verdict.OK]


def test_nothing_is_missing_in_a_project_that_is_ready() -> None:
    assert wrong(READY) == []


def test_project_without_billing_account_is_told_how_to_link_one() -> None:
    (finding,) = wrong(replace(READY, billing=ok(projectId="shop-prod", billingEnabled=False)))

    assert finding == Finding(
        check="billing (Blaze plan)",
        verdict=Verdict.MISSING,
        command="gcloud billing projects link shop-prod --billing-account=ACCOUNT_ID",
    )


@pytest.mark.parametrize("api", ["fcm.googleapis.com", "run.googleapis.com"])
def test_disabled_api_is_named_with_its_command(api: str) -> None:
    (finding,) = wrong(replace(READY, services=services(without=api)))

    assert finding.verdict is Verdict.MISSING
    assert finding.check == f"API {api}"
    assert finding.command == f"gcloud services enable {api} --project=shop-prod"


@pytest.mark.parametrize("position", range(6))
def test_missing_project_role_is_named_with_its_command(position: int) -> None:
    bindings = list(READY.project_policy.body["bindings"])
    removed = bindings.pop(position)
    account = removed["members"][1]

    (finding,) = wrong(replace(READY, project_policy=ok(bindings=bindings)))

    assert finding.verdict is Verdict.MISSING
    assert finding.command == (
        f"gcloud projects add-iam-policy-binding shop-prod --member={account} "
        f"--role={removed['role']} --condition=None"
    )


def test_runtime_account_must_be_allowed_to_act_as_itself() -> None:
    (finding,) = wrong(replace(READY, runtime_policy=ok(etag="ACAB")))

    assert finding.verdict is Verdict.MISSING
    assert finding.command == (
        f"gcloud iam service-accounts add-iam-policy-binding {RUNTIME} "
        f"--member=serviceAccount:{RUNTIME} --role=roles/iam.serviceAccountUser --project=shop-prod"
    )


def test_django_must_be_allowed_to_sign() -> None:
    (finding,) = wrong(replace(READY, django_policy=ok(etag="ACAB")))

    assert finding.check == f"{DJANGO}: roles/iam.serviceAccountTokenCreator on itself"


def test_role_on_itself_may_be_granted_on_the_project() -> None:
    bindings = [
        *READY.project_policy.body["bindings"],
        {
            "role": "roles/iam.serviceAccountTokenCreator",
            "members": [f"serviceAccount:{DJANGO}"],
        },
    ]

    assert wrong(replace(READY, django_policy=ok(), project_policy=ok(bindings=bindings))) == []


def test_role_of_somebody_else_does_not_count() -> None:
    (finding,) = wrong(
        replace(READY, runtime_policy=policy(("roles/iam.serviceAccountUser", DJANGO)))
    )

    assert finding.verdict is Verdict.MISSING


def test_role_under_a_condition_cannot_be_told() -> None:
    bindings = [
        {**binding, "condition": {"title": "until May", "expression": "…"}}
        for binding in READY.runtime_policy.body["bindings"]
    ]

    (finding,) = wrong(replace(READY, runtime_policy=ok(bindings=bindings)))

    assert finding.verdict is Verdict.UNKNOWN
    assert finding.detail == "granted under a condition"


def test_absent_account_is_to_be_created_before_its_roles_are_granted() -> None:
    first, second = wrong(replace(READY, runtime_account=ABSENT, runtime_policy=ABSENT))

    assert first.command == (
        "gcloud iam service-accounts create firebell-runtime --project=shop-prod"
    )
    assert "serviceAccountUser" in second.command


def test_disabled_account_is_to_be_enabled() -> None:
    (finding,) = wrong(replace(READY, django_account=ok(email=DJANGO, disabled=True)))

    assert finding.command == f"gcloud iam service-accounts enable {DJANGO} --project=shop-prod"


def test_absent_database_is_to_be_created_where_firebase_json_says() -> None:
    (finding,) = wrong(replace(READY, database=ABSENT))

    assert finding.command == (
        "gcloud firestore databases create '--database=(default)' --location=nam5 "
        "--type=firestore-native --project=shop-prod"
    )


def test_database_in_datastore_mode_will_not_do() -> None:
    (finding,) = wrong(replace(READY, database=ok(type="DATASTORE_MODE", locationId="nam5")))

    assert finding.verdict is Verdict.MISSING
    assert "DATASTORE_MODE" in finding.detail


def test_database_elsewhere_is_fine_and_said() -> None:
    elsewhere = replace(READY, database=ok(type="FIRESTORE_NATIVE", locationId="eur3"))

    assert wrong(elsewhere) == []
    assert "native mode in eur3 (firebase.json says nam5" in report(judge(PLAN, elsewhere))


@pytest.mark.parametrize("answer", [DENIED, SILENT], ids=["denied", "silent"])
@pytest.mark.parametrize("question", ["billing", "services", "project_policy", "database"])
def test_what_may_not_be_seen_is_not_called_missing(question: str, answer: Answer) -> None:
    found = wrong(replace(READY, **{question: answer}))

    assert {finding.verdict for finding in found} == {Verdict.UNKNOWN}
    assert {finding.command for finding in found} == {""}


def test_report_says_why_it_cannot_tell_and_sums_up() -> None:
    text = report(judge(PLAN, replace(READY, billing=DENIED, database=ABSENT)))

    assert "cannot tell  billing (Blaze plan) (HTTP 403: Permission denied)" in text
    assert text.endswith("ok, 1 missing, 1 cannot tell")


def test_accounts_and_location_have_defaults() -> None:
    assert parse(["--project", "shop-prod"]) == PLAN


def test_project_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([])

    assert ended.value.code == 2
    assert "--project" in capsys.readouterr().err
