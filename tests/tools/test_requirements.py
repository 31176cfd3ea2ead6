"""What `tools/requirements` says of a machine before anything is installed."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def requirements(folder: Path, *, node: str) -> subprocess.CompletedProcess[str]:
    """Ask about this machine, were its Node the one that calls itself *node*."""
    command = folder / "node"
    command.write_text(f"#!/bin/sh\n{f'echo v{node}' if node else 'exit 127'}\n")
    command.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "FIRESTORE_EMULATOR_BINARY_PATH": __file__,  # any file: this is not about Firestore
    }
    return subprocess.run(
        ["tools/requirements"], cwd=ROOT, env=environment, text=True, capture_output=True
    )


@pytest.mark.parametrize("node", ["20.19.0", "20.20.2", "22.13.0", "24.0.0", "26.1.0"])
def test_a_node_that_eslint_runs_on_is_enough(tmp_path: Path, node: str) -> None:
    found = requirements(tmp_path, node=node)

    assert (found.stderr, found.returncode) == ("", 0)


@pytest.mark.parametrize("node", ["18.20.8", "20.18.3", "21.7.3", "22.12.0", "23.11.0"])
def test_a_node_that_eslint_refuses_is_named(tmp_path: Path, node: str) -> None:
    found = requirements(tmp_path, node=node)

    minor = node.rpartition(".")[0]
    assert f"Node 20.19, 22.13, 24 or newer (found {minor}). Get it:" in found.stderr
    assert found.returncode == 1


def test_a_machine_without_node_is_told(tmp_path: Path) -> None:
    found = requirements(tmp_path, node="")

    assert "Node 20.19, 22.13, 24 or newer. Get it:" in found.stderr
    assert found.returncode == 1


def test_package_json_asks_for_the_node_that_eslint_asks_for() -> None:
    asked = json.loads((ROOT / "package.json").read_text())["engines"]
    eslint = json.loads((ROOT / "node_modules/eslint/package.json").read_text())["engines"]

    assert asked == eslint
