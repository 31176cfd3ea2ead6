"""A Django project about to leave fcm-django and django-push-notifications: its settings.

IMPORT_DATABASE names the SQLite file; with IMPORT_SWAPPED its devices are a model of its own.
"""

import os

SECRET_KEY = "only-for-tests"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["IMPORT_DATABASE"]}
}
PUSH_NOTIFICATIONS_SETTINGS = {"UNIQUE_REG_ID": True}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "fcm_django",
    "push_notifications",
    "firebell_import",
]
if os.environ.get("IMPORT_SWAPPED"):
    INSTALLED_APPS.append("tests.integration.importing.swapped")
    FCM_DJANGO_FCMDEVICE_MODEL = "swapped.OwnDevice"
