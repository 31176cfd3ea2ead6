"""A device model that replaces fcm-django's, with a key of another kind."""

import uuid

from django.db import models
from fcm_django.models import AbstractFCMDevice


class OwnDevice(AbstractFCMDevice):  # type: ignore[misc] # fcm-django ships no types
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    floor = models.IntegerField(default=0)
