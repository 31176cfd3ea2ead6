"""A proxy of the user, as projects make for their admin."""

from django.contrib.auth.models import User


class Member(User):
    class Meta:
        proxy = True
