"""What holds for the core as a whole."""

import subprocess
import sys
from pathlib import Path

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"

IMPORT_ALL = f"""
import sys
sys.path = [path for path in sys.path if "site-packages" not in path] + [{str(FUNCTIONS)!r}]
import importlib, pkgutil
import firebell.core
for module in pkgutil.iter_modules(firebell.core.__path__, "firebell.core."):
    importlib.import_module(module.name)
    print(module.name)
foreign = {{"grpc", "firebase_admin", "google", "google.cloud"}} & set(sys.modules)
assert not foreign, foreign
"""


def test_core_needs_no_package() -> None:
    """A process without site directories (-S), as functions-framework preloads `google` by them."""
    command = [sys.executable, "-S", "-I", "-c", IMPORT_ALL]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert "firebell.core.lifecycle" in done.stdout.split()
