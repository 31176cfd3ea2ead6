"""Derives the CLI's configuration for the local stack from the one that is deployed.

It differs in the Python that set-up found, a copy of the rules, and what only tests need.
"""

import json
import re
import shutil
from pathlib import Path

NAME = "firebase.local.json"


def write(root: Path) -> Path:
    """Write the local configuration and the copy of the rules that it points at.

    Raises:
        FileNotFoundError: firebase.json, the rules or functions/venv is not there.

    """
    config = json.loads((root / "firebase.json").read_text())
    # The CLI's file watcher sends edited rules in a form that hidane 0.6.0 refuses, and ends the
    # whole suite then: nobody edits the copy.
    rules = root / ".stack/firestore.rules"
    shutil.copyfile(root / config["firestore"]["rules"], rules)
    config["firestore"]["rules"] = str(rules.relative_to(root))
    functions = config["functions"]
    for codebase in functions if isinstance(functions, list) else [functions]:
        codebase["runtime"] = _runtime(root / "functions/venv")
    config["emulators"]["ui"] = {"enabled": False}
    config["emulators"]["singleProjectMode"] = False  # tests give each case a project of its own
    path = root / NAME
    path.write_text(json.dumps(config, indent=2) + "\n")
    return path


def _runtime(environment: Path) -> str:
    # Functions run on this environment's interpreter; the CLI looks for the runtime's name in it.
    found = re.search(
        r"^version = 3\.(\d+)", (environment / "pyvenv.cfg").read_text(), re.MULTILINE
    )
    if found is None:
        raise FileNotFoundError(f"{environment}/pyvenv.cfg names no Python version; run make setup")
    return f"python3{found[1]}"
