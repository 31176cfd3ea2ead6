"""A proxy of the user, as projects make for their admin, behind a manager that hides users."""

from django.contrib.auth.models import User
from django.db import models


class Hiding(models.Manager["Member"]):
    def get_queryset(self) -> models.QuerySet["Member"]:
        nobody: models.QuerySet[Member] = super().get_queryset().none()
        return nobody


class Member(User):
    hiding = Hiding()

    class Meta:
        proxy = True
        default_manager_name = "hiding"
