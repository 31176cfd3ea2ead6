"""The files that `firebase deploy` reads, held against the CLI's own schemas and validators."""

import copy
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests

from tests.contract.needs import need_file, need_variable

ROOT = Path(__file__).resolve().parents[2]
CLI = ROOT / "node_modules/firebase-tools"
FIREBASE: dict[str, Any] = json.loads((ROOT / "firebase.json").read_text())
PROJECTS: dict[str, Any] = json.loads((ROOT / ".firebaserc").read_text())
INDEXES: dict[str, Any] = json.loads((ROOT / "firestore.indexes.json").read_text())
RULES = (ROOT / "firestore.rules").read_text()

# Workers of the Functions emulator take ports from this range at random.
WORKER_PORTS = range(8081, 9081)

VALIDATE_INDEXES = """
const { FirestoreApi } = require("./node_modules/firebase-tools/lib/firestore/api.js");
new FirestoreApi().validateSpec(JSON.parse(require("node:fs").readFileSync(0, "utf8")));
"""


def schema_errors(document: dict[str, Any], schema: str) -> list[str]:
    """Return what the CLI's *schema* has against *document*."""
    path = need_file(CLI / "schema" / schema, "npm ci")
    validator = jsonschema.Draft7Validator(json.loads(path.read_text()))
    return [error.message for error in validator.iter_errors(document)]


def index_errors(spec: dict[str, Any]) -> str:
    """Return what the CLI's validator says against *spec*, which is nothing when it accepts."""
    need_file(CLI / "lib/firestore/api.js", "npm ci")
    node = ["node", "--input-type=commonjs", "--eval", VALIDATE_INDEXES]
    found = subprocess.run(
        node, cwd=ROOT, input=json.dumps(spec), capture_output=True, text=True, check=False
    )
    return found.stderr


def compile_rules(content: str) -> requests.Response:
    """Load *content* into a project of its own on the Firestore emulator."""
    host = need_variable("FIRESTORE_EMULATOR_HOST", "start a Firestore emulator")
    return requests.put(
        f"http://{host}/emulator/v1/projects/demo-contract:securityRules",
        json={"rules": {"files": [{"name": "firestore.rules", "content": content}]}},
        timeout=10,
    )


def test_firebase_json_fits_the_schema() -> None:
    assert schema_errors(FIREBASE, "firebase-config.json") == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(["hostin"], {}, id="unknown product"),
        pytest.param(["functions", 0, "runtime"], "python3.13", id="runtime misspelt"),
        pytest.param(["functions", 0, "ignores"], [], id="unknown field"),
        pytest.param(["firestore", "rule"], "firestore.rules", id="field misspelt"),
        pytest.param(["hosting", "rewrites", 0, "function"], {"id": "api"}, id="rewrite misspelt"),
        pytest.param(["emulators", "auth", "port"], "9099", id="port as text"),
    ],
)
def test_typo_in_firebase_json_is_caught(path: list[Any], value: Any) -> None:
    document = copy.deepcopy(FIREBASE)
    *parents, last = path
    part: Any = document
    for step in parents:
        part = part[step]
    part[last] = value

    assert schema_errors(document, "firebase-config.json")


def test_firebaserc_fits_the_schema() -> None:
    assert schema_errors(PROJECTS, "firebaserc.json") == []


def test_typo_in_firebaserc_is_caught() -> None:
    assert schema_errors({"project": PROJECTS["projects"]}, "firebaserc.json")


def test_default_project_can_only_be_local() -> None:
    """The CLI and the client libraries keep a `demo-` project off the network."""
    assert PROJECTS["projects"]["default"].startswith("demo-")


def test_files_that_firebase_json_names_exist() -> None:
    firestore, hosting = FIREBASE["firestore"], FIREBASE["hosting"]

    assert (ROOT / firestore["rules"]).is_file()
    assert (ROOT / firestore["indexes"]).is_file()
    assert (ROOT / hosting["public"] / "index.html").is_file()
    assert [(ROOT / each["source"]).is_dir() for each in FIREBASE["functions"]] == [True]


def test_no_two_emulators_share_a_port_or_take_a_workers() -> None:
    ports = [each["port"] for each in FIREBASE["emulators"].values() if has_port(each)]

    assert len(ports) == len(set(ports)) == 7
    assert [port for port in ports if port in WORKER_PORTS] == []


def has_port(emulator: Any) -> bool:
    return isinstance(emulator, dict) and "port" in emulator


def test_deployed_runtime_is_a_python_that_the_project_supports() -> None:
    supported = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    least, below = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", supported).groups()  # type: ignore[union-attr] # a mismatch is to fail
    runtime = FIREBASE["functions"][0]["runtime"]

    assert runtime in {f"python3{minor}" for minor in range(int(least), int(below))}


@pytest.mark.parametrize("secret", [".env.local", ".secret.local", "venv", "__pycache__"])
def test_what_is_local_is_not_uploaded(secret: str) -> None:
    patterns = FIREBASE["functions"][0]["ignore"]

    assert any(Path(secret).match(pattern) for pattern in patterns)


def test_indexes_pass_the_clis_validator() -> None:
    assert index_errors(INDEXES) == ""


def test_bad_index_is_caught_by_the_clis_validator() -> None:
    spec = copy.deepcopy(INDEXES)
    spec["indexes"][0]["fields"][0]["order"] = "UP"

    assert "must be one of" in index_errors(spec)


def test_rules_compile() -> None:
    answer = compile_rules(RULES)

    assert answer.status_code == 200, answer.text


def test_rules_that_do_not_compile_are_refused() -> None:
    assert compile_rules(RULES.replace("allow update: if", "allow update if", 1)).status_code == 400
