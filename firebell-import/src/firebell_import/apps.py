"""Lets Django find the command."""

from django.apps import AppConfig


class FirebellImportConfig(AppConfig):
    """The app, as INSTALLED_APPS names it: `"firebell_import"`. It has no models."""

    name = "firebell_import"
    verbose_name = "Firebell import"
