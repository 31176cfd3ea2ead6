import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

# A fresh interpreter, so that nothing but the app itself can have imported what is looked for.
PROGRAM = """
import importlib, os, pkgutil, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "testproject.settings"
os.environ["FIREBASE_AUTH_EMULATOR_HOST"] = "127.0.0.1:9099"
os.environ["GOOGLE_CLOUD_PROJECT"] = "demo-firebell"
import django
from django.conf import settings
django.setup()
import django_firebell
needs_rest_framework = {"django_firebell.api_view", "django_firebell.serializers"}
for module in pkgutil.walk_packages(django_firebell.__path__, "django_firebell."):
    if settings.HAS_REST_FRAMEWORK or module.name not in needs_rest_framework:
        importlib.import_module(module.name)
from django.contrib.auth.models import User
from django_firebell.tokens import custom_token
assert custom_token(User(pk=1)).value
print("imported:", *sorted(sys.modules))
"""


def imported() -> set[str]:
    command = [sys.executable, "-c", PROGRAM]
    ended = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return set(ended.stdout.split("imported:")[1].split())


def test_app_imports_neither_messaging_nor_firestore() -> None:
    modules = imported()

    assert "firebase_admin.auth" in modules
    assert "django_firebell.management.commands.firebell_revoke" in modules
    forbidden = {
        "firebase_admin.messaging",
        "firebase_admin.firestore",
        "firebase_admin.firestore_async",
        "firebase_admin.functions",
        "google.cloud.firestore",
        "google.cloud.firestore_v1",
        "grpc",
    }
    assert forbidden & modules == set()
