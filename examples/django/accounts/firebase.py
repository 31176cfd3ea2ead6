"""Says what Firebase is told of a user: FIREBELL in the settings names these functions."""

from typing import Any

from django.contrib.auth.models import User

SENDERS_GROUP = "senders"


def claims(user: User) -> dict[str, Any]:
    return {"staff": True} if user.is_staff else {}


def may_send(user: User) -> bool:
    return user.groups.filter(name=SENDERS_GROUP).exists()
