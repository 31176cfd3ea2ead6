"""The functions as deployed, which look for App Check's public keys on this machine.

functions-framework serves this file in place of functions/main.py. firebase-admin fetches the keys
from one address; APP_CHECK_KEYS_URL replaces it. All that verifies with them is what it is.
"""

import importlib.util
import os
from pathlib import Path

from firebase_admin import app_check

app_check._AppCheckService._JWKS_URL = os.environ["APP_CHECK_KEYS_URL"]

_spec = importlib.util.spec_from_file_location("deployed", Path.cwd() / "main.py")
assert _spec is not None
assert _spec.loader is not None
_deployed = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_deployed)
globals().update({name: value for name, value in vars(_deployed).items() if name[:2] != "__"})
