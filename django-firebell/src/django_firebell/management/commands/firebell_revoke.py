"""Signs a user out of Firebase: `manage.py firebell_revoke USER`."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from django_firebell import claims, revocation
from django_firebell.errors import FirebellError, UnknownAtFirebase


class Command(BaseCommand):
    """Revokes the refresh tokens of one user."""

    help = (
        "Revokes every Firebase refresh token of USER. ID tokens already given out run out by"
        " themselves within an hour, and so do custom tokens."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the user's name, or a uid for a user that Django no longer has."""
        parser.add_argument("user", metavar="USER", help="the name the user logs in with")
        parser.add_argument(
            "--uid", action="store_true", help="USER is a Firebase uid, as of a deleted user"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Revoke, and say so; a user who never signed in at Firebase is no error."""
        try:
            given = options["user"]
            uid = claims.checked_uid(given) if options["uid"] else self._uid_of(given)
            revocation.revoke(uid)
        except UnknownAtFirebase as error:
            self.stdout.write(f"{error} There is nothing to revoke.")
        except FirebellError as error:
            raise CommandError(str(error)) from error
        else:
            self.stdout.write(f'Revoked the refresh tokens of Firebase user "{uid}".')

    def _uid_of(self, username: str) -> str:
        model = get_user_model()
        try:
            user = model._default_manager.get_by_natural_key(username)
        except model.DoesNotExist as error:
            raise CommandError(
                f'There is no user "{username}"; for a deleted one give the uid and --uid.'
            ) from error
        return revocation.uid_of(user)
