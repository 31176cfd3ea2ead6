"""Makes the users of the demo: alice, who may send; bob; and carol, who is staff."""

import os
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand

from accounts.firebase import SENDERS_GROUP

PUBLIC_PASSWORD = "firebell-demo"  # noqa: S105 - public, for laptops: the README tells it


class Command(BaseCommand):
    help = "Makes the demo's users, or sets their passwords anew. For laptops only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name in ("alice", "bob", "carol"):
            variable = f"DEMO_{name.upper()}_PASSWORD"
            password = os.environ.get(variable, PUBLIC_PASSWORD)
            parser.add_argument(f"--{name}-password", default=password, help=f"else {variable}")

    def handle(self, *args: Any, **options: Any) -> None:
        senders, _ = Group.objects.get_or_create(name=SENDERS_GROUP)
        alice = self._make("alice", options["alice_password"])
        alice.groups.add(senders)
        self._make("bob", options["bob_password"])
        self._make("carol", options["carol_password"], is_staff=True, is_superuser=True)

    def _make(self, username: str, password: str, **rights: bool) -> User:
        state = {"is_active": True, **rights}
        user: User
        user, is_new = User.objects.update_or_create(username=username, defaults=state)
        # Setting the same password again would end its sessions and forget its custom token.
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        self.stdout.write(f"{username}: {'made' if is_new else 'there already'}, uid {user.pk}")
        return user
