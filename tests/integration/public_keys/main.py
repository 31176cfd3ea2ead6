"""The functions as deployed, which look for Google's public keys on this machine.

functions-framework serves this file in place of functions/main.py. firebase-admin fetches the keys
of App Check and of ID tokens from fixed addresses; PUBLIC_KEYS_ORIGIN replaces their host. All that
verifies with them is what it is.
"""

import importlib.util
import os
from pathlib import Path

from firebase_admin import _token_gen, app_check

from firebell import keys

ORIGIN = os.environ["PUBLIC_KEYS_ORIGIN"]

app_check._AppCheckService._JWKS_URL = f"{ORIGIN}/v1/jwks"
_token_gen.ID_TOKEN_CERT_URI = f"{ORIGIN}{keys.USER_KEYS}"

_spec = importlib.util.spec_from_file_location("deployed", Path.cwd() / "main.py")
assert _spec is not None
assert _spec.loader is not None
_deployed = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_deployed)
globals().update({name: value for name, value in vars(_deployed).items() if name[:2] != "__"})
