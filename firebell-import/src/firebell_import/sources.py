"""Reads what fcm-django and django-push-notifications hold, page by page in the order of its key.

By pages and not by one long query: an import takes hours, and no database keeps a cursor for that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils import timezone

from firebell_import import lines
from firebell_import.errors import Misconfigured
from firebell_import.lines import Found

PAGE: Final = 500
FCM_DJANGO: Final = "fcm-django"
PUSH_NOTIFICATIONS: Final = "django-push-notifications"
NAMES: Final = (FCM_DJANGO, PUSH_NOTIFICATIONS)

_FOREIGN: Final = {
    "APNSDevice": "APNs devices: FCM cannot take them over; they come when the app registers",
    "WNSDevice": "WNS devices: FCM does not serve them",
    "WebPushDevice": "Web Push devices: FCM cannot take them over; browsers have to ask anew",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How rows are read and what stands in for what they do not say."""

    database: str
    uid_of: Callable[[Any], object]
    platform: str | None = None
    application_id: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row with its key, and the line it makes or the reason why it makes none."""

    pk: str
    target: str = field(repr=False)
    line: bytes | str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The devices of one package."""

    name: str
    model: type[Model]
    options: Options

    def rows(self, *, after: str | None = None) -> Iterator[Row]:
        """Yield the rows behind the key *after*, in the order of their keys."""
        last: object = after
        while True:
            found = self._all() if last is None else self._all().filter(pk__gt=last)
            page = list(found.select_related("user").order_by("pk")[:PAGE])
            for device in page:
                yield self._row(device)
            if len(page) < PAGE:
                return
            last = page[-1].pk

    def foreign(self) -> dict[str, int]:
        """Return how many devices stand beside these that nobody can import, by what they are."""
        if self.name != PUSH_NOTIFICATIONS:
            return {}
        models = {
            what: apps.get_model("push_notifications", name) for name, what in _FOREIGN.items()
        }
        counts = {what: _rows(model, self.options).count() for what, model in models.items()}
        return {what: count for what, count in counts.items() if count}

    def _all(self) -> "QuerySet[Any]":
        found = _rows(self.model, self.options)
        since = self.options.since
        return found if since is None else found.filter(date_created__gte=_as_stored(since))

    def _row(self, device: Any) -> Row:
        return Row(pk=str(device.pk), target=device.registration_id, line=self._line(device))

    def _line(self, device: Any) -> bytes | str:
        is_fcm_django = self.name == FCM_DJANGO
        if not is_fcm_django and device.cloud_message_type != "FCM":
            return lines.GCM
        wanted = self.options.application_id
        if not is_fcm_django and wanted is not None and device.application_id != wanted:
            return lines.OTHER_APPLICATION
        return lines.line(
            Found(
                uid=None if device.user is None else self.options.uid_of(device.user),
                target=device.registration_id,
                platform=device.type if is_fcm_django else self.options.platform,
                is_active=device.active,
                created_at=_aware(device.date_created),
                label=device.name,
                origin=self.name,
            )
        )


def installed(names: tuple[str, ...], options: Options) -> list[Source]:
    """Return the sources that this project has, of *names* or of all.

    Raises:
        Misconfigured: One of *names* is not in INSTALLED_APPS, or there is none at all.

    """
    found = {name: model for name in names or NAMES if (model := _model(name)) is not None}
    missing = [name for name in names if name not in found]
    if missing or not found:
        what = " and ".join(missing or NAMES)
        raise Misconfigured(f"INSTALLED_APPS has no {what}: there is nothing to import from.")
    return [Source(name=name, model=model, options=options) for name, model in found.items()]


def _model(name: str) -> type[Model] | None:
    if name == PUSH_NOTIFICATIONS:
        is_there = apps.is_installed("push_notifications")
        label = "push_notifications.GCMDevice"
    else:
        is_there = apps.is_installed("fcm_django")
        label = getattr(settings, "FCM_DJANGO_FCMDEVICE_MODEL", "fcm_django.FCMDevice")
    found: type[Model] | None = apps.get_model(label) if is_there else None
    return found


def _rows(model: type[Model], options: Options) -> "QuerySet[Any]":
    found: QuerySet[Any] = model._base_manager.using(options.database)
    return found


def _aware(value: datetime | None) -> datetime | None:
    """Return *value* with its zone; a project without USE_TZ keeps times in its own zone."""
    return timezone.make_aware(value) if value is not None and timezone.is_naive(value) else value


def _as_stored(value: datetime) -> datetime:
    return value if settings.USE_TZ else timezone.make_naive(value)
