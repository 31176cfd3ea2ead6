"""Schemathesis over the served OpenAPI document against the deployed function.

Requests that fit the document and requests that do not: no fault of ours, no answer that the
document does not name, each of the form that it gives. `FUZZ_EXAMPLES=2000 .venv/bin/pytest
tests/integration/test_openapi_fuzz.py -s --timeout 7200` asks thousands and prints the summary.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration import issuer
from tests.integration.doors import Doors
from tests.integration.identity import sign_in
from tests.integration.issuer import ACCOUNT, Issuer, service_claims
from tests.integration.scene import fresh_project

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "15")
"""Requests of each kind for each operation; beside them, every limit is tried once."""
AUDIENCE = "https://demo-firebell.web.app"
HERE = Path(__file__).resolve().parent
CONFIG = str(HERE / "schemathesis.toml")
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@pytest.fixture(scope="module")
def google() -> Iterator[Issuer]:
    with issuer.serve(Issuer(issuer.new_key("key-1"))) as served:
        yield served


@pytest.fixture(scope="module")
def project() -> str:
    return fresh_project()


@pytest.fixture(scope="module")
def url(
    addresses: object, google: Issuer, project: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Serve the API of a project of its own, for callers who may call as often as they like."""
    logs = tmp_path_factory.mktemp("fuzzed")
    opened = Doors(project, logs)
    yield opened.url(
        "api",
        CALLS_PER_MINUTE="0",
        SENDER_ACCOUNTS=ACCOUNT,
        AUDIENCES=AUDIENCE,
        GOOGLE_CERTS_EMULATOR_HOST=google.host,
    )
    opened.close()
    logged = b"".join(path.read_bytes() for path in logs.glob("*.log"))
    assert b"Traceback" not in logged


@pytest.mark.timeout(7200 if "FUZZ_EXAMPLES" in os.environ else 180)
@pytest.mark.parametrize("who", ["a sender", "a service account"])
def test_every_answer_is_one_that_the_document_names(
    url: str, google: Issuer, project: str, tmp_path: Path, who: str
) -> None:
    if who == "a sender":
        id_token = sign_in("backend", project=project, senderUntil=2**40)
    else:
        id_token = google.key.sign(service_claims(aud=AUDIENCE))
    command = [
        *(
            str(SCHEMATHESIS),
            "--config-file",
            CONFIG,
            "run",
            f"{url}v1/openapi.json",
        ),
        *("--url", url, "--header", f"Authorization: Bearer {id_token}", "--no-color"),
        *("--max-examples", EXAMPLES),
    ]

    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "fuzz_hooks.py")},
        capture_output=True,
        text=True,
        timeout=7200,
        check=False,
    )

    said = (done.stdout + done.stderr).replace(id_token, "ID_TOKEN")
    print(said)  # noqa: T201 - the summary that `-s` shows
    assert done.returncode == 0, said
