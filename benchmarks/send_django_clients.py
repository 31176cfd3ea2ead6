"""The clients of send_cost.py that are Django packages, called as their users call them.

Runs in the environment of requirements.txt; the devices stand in an SQLite file.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import django
import firebase_admin
from django.conf import settings
from django.core.management import call_command
from firebase_admin import messaging

from benchmarks import sending
from fcm_emulator import redirect


def fcm_django(address: str) -> Callable[[Sequence[str]], None]:
    """Send by `FCMDevice.objects.filter(…).send_message(…)`."""
    _set_up("fcm_django")
    from fcm_django.models import FCMDevice  # noqa: PLC0415 - models need Django set up

    def add(registration_ids: Sequence[str]) -> None:
        FCMDevice.objects.bulk_create(
            FCMDevice(registration_id=value, type="android", active=True)
            for value in registration_ids
        )

    def send() -> Any:
        return FCMDevice.objects.filter(type="android").send_message(_message()).response

    return _sending(address, add, send)


def django_push_notifications(address: str) -> Callable[[Sequence[str]], None]:
    """Send by `GCMDevice.objects.filter(…).send_message(…)`."""
    _set_up("push_notifications")
    from push_notifications.models import GCMDevice  # noqa: PLC0415 - models need Django set up

    def add(registration_ids: Sequence[str]) -> None:
        GCMDevice.objects.bulk_create(
            GCMDevice(registration_id=value, cloud_message_type="FCM", active=True)
            for value in registration_ids
        )

    def send() -> Any:
        return GCMDevice.objects.filter(active=True).send_message(_message())

    return _sending(address, add, send)


def _set_up(package: str) -> None:
    """Make a project with *package* and its tables."""
    database = Path(tempfile.mkdtemp()) / "db.sqlite3"
    settings.configure(
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", package],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": database}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SECRET_KEY="benchmark",  # noqa: S106 - it protects nothing
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    firebase_admin.initialize_app(redirect.credential(), {"projectId": sending.PROJECT})


def _sending(
    address: str, add: Callable[[Sequence[str]], None], send: Callable[[], Any]
) -> Callable[[Sequence[str]], None]:
    has_devices = False

    def send_to(registration_ids: Sequence[str]) -> None:
        nonlocal has_devices
        if not has_devices:
            add(registration_ids)
            has_devices = True
        with redirect.redirected(f"https://{address}"):
            answer = send()
        sending.expect_all(
            (response.success for response in answer.responses), len(registration_ids)
        )

    return send_to


def _message() -> messaging.Message:
    tray = messaging.AndroidNotification(tag="n1", sound="default")
    return messaging.Message(
        notification=messaging.Notification(title=sending.TITLE, body=sending.BODY),
        android=messaging.AndroidConfig(priority="high", notification=tray),
        data={"notificationId": "n1"},
    )


CLIENTS = {"fcm-django": fcm_django, "django-push-notifications": django_push_notifications}
PACKAGES = {name: [name, "django", "firebase-admin"] for name in CLIENTS}

if __name__ == "__main__":
    sending.run(CLIENTS, PACKAGES)
