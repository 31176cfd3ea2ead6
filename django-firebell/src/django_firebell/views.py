"""Exports `FirebaseTokenView`: REST framework's kind where the project has it installed.

"Installed" means `"rest_framework"` in INSTALLED_APPS: a package that merely lies on the disk must
not open its default Basic authentication. Either class can be imported from its own module.
"""

from typing import TYPE_CHECKING

from django.apps import apps

if TYPE_CHECKING or apps.is_installed("rest_framework"):
    from django_firebell.api_view import FirebaseTokenView
else:
    from django_firebell.session_view import FirebaseTokenView

__all__ = ["FirebaseTokenView"]
