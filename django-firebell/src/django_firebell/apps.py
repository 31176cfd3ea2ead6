"""Connects the app to Django: system checks, and the hooks on users."""

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_delete, post_save, pre_save

from django_firebell import revocation
from django_firebell.checks import check_deployment, check_settings


class FirebellConfig(AppConfig):
    """The app, as INSTALLED_APPS names it: `"django_firebell"`."""

    name = "django_firebell"
    verbose_name = "Firebell"

    def ready(self) -> None:
        """Register checks and hooks; no setting is read and no client is built."""
        checks.register(check_settings, "firebell")
        checks.register(check_deployment, "firebell", deploy=True)
        # Not bound to the user model: a proxy or a child of it is saved under its own name.
        pre_save.connect(revocation.before_save, dispatch_uid="firebell.before_save")
        post_save.connect(revocation.after_save, dispatch_uid="firebell.after_save")
        post_delete.connect(revocation.after_delete, dispatch_uid="firebell.after_delete")
