"""Settings of the example project: right for a laptop, NOT for production.

Before this serves anybody but you:
- DJANGO_SECRET_KEY: set a long random value; the one below is public.
- DJANGO_DEBUG: leave it unset. DJANGO_ALLOWED_HOSTS: your host names.
- Serve with a WSGI server behind HTTPS (not runserver); set SECURE_SSL_REDIRECT,
  SESSION_COOKIE_SECURE and CSRF_COOKIE_SECURE; use another database than SQLite, and a cache that
  all processes share.
- FIREBASE_AUTH_EMULATOR_HOST: unset. FIREBASE_CREDENTIALS: a service account key, or
  "application default" on Google Cloud.
- Never run create_demo_users: its passwords are public.
`manage.py check --deploy` lists what is left.
"""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = os.environ.get(
    "DJANGO_SECRET_KEY", "public-key-of-the-example-project-for-laptops-only"
)
DEBUG = os.environ.get("DJANGO_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("DJANGO_ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "django_firebell",
    "accounts",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DJANGO_SQLITE_PATH", BASE_DIR / "db.sqlite3"),
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ]
}

# All that django-firebell needs. With FIREBASE_AUTH_EMULATOR_HOST set, the emulator wins.
FIREBELL = {
    "CREDENTIALS": os.environ.get("FIREBASE_CREDENTIALS"),
    "CLAIMS": "accounts.firebase.claims",
    "SENDERS": "accounts.firebase.may_send",
}
