"""FCM's rules for the content of a message: formats, ranges and pairs that exclude each other.

Each rule yields violations with the field they concern; none of them depends on the target.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from fcm_emulator import errors
from fcm_emulator.refusal import Refusal, Violation
from fcm_emulator.schema import (
    AndroidConfig,
    AndroidConfigV2,
    AndroidNotificationFields,
    LightSettings,
    Message,
)

# FCM documentation, "Set the lifespan of a message": four weeks.
MAX_TTL_S = 2_419_200

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_ANALYTICS_LABEL = re.compile(r"[a-zA-Z0-9\-_.~%]{1,50}")
# The field's documentation reserves `google.` and `gcm.notification.`; the page on error codes says
# `gcm` and all that begins with google. Letting a key pass that FCM refuses is worse.
_RESERVED_KEYS = frozenset({"from", "message_type", "gcm"})
_RESERVED_PREFIXES = ("google", "gcm.notification.")


def first_breach(message: Message) -> Refusal | None:
    """Find what FCM would refuse *message* for; all formats are reported at once."""
    for field, data in _data_maps(message):
        for key in data:
            if key in _RESERVED_KEYS or key.startswith(_RESERVED_PREFIXES):
                text = f"Invalid data payload key: {key[:100]}"
                return errors.invalid_argument([Violation(field=field, description=text)], text)
    if (twice := _doubled_half(message)) is not None:
        return errors.unreadable([twice])
    violations = [*_exclusive(message), *_android(message), *_labels(message), *_links(message)]
    return errors.invalid_argument(violations) if violations else None


def already_set(path: str, group: str, field: str) -> Violation:
    """Say that *field* may not stand beside another one of its *group*."""
    problem = f"oneof field '{group}' is already set. Cannot set '{field}'"
    return Violation(field=path, description=f"Invalid value at '{path}' (oneof), {problem}")


def _data_maps(message: Message) -> Iterator[tuple[str, Mapping[str, str]]]:
    for field, block in (
        ("message", message),
        ("message.android", message.android),
        ("message.android_v2", message.android_v2),
        ("message.webpush", message.webpush),
    ):
        if block is not None and block.data is not None:
            yield f"{field}.data", block.data


def _doubled_half(message: Message) -> Violation | None:
    config = message.android_v2
    if config and config.remote_notification and config.background_sync:
        return already_set("message.android_v2", "message_type", "background_sync")
    return None


def _exclusive(message: Message) -> Iterator[Violation]:
    if message.android is not None and message.android_v2 is not None:
        problem = "android and android_v2 are mutually exclusive; set one of them."
        yield Violation(field="message", description=problem)


def _android(message: Message) -> Iterator[Violation]:
    if message.android is not None:
        path = "message.android"
        yield from _ttl(message.android, path)
        if message.android.notification is not None:
            yield from _notification(message.android.notification, f"{path}.notification")
    if message.android_v2 is not None:
        path = "message.android_v2"
        yield from _ttl(message.android_v2, path)
        remote = message.android_v2.remote_notification
        if remote is not None and remote.notification is not None:
            below = f"{path}.remote_notification.notification"
            yield from _notification(remote.notification, below)


def _ttl(config: AndroidConfig | AndroidConfigV2, path: str) -> Iterator[Violation]:
    if config.ttl is not None and not 0 <= Decimal(config.ttl[:-1]) <= MAX_TTL_S:
        problem = f"Invalid ttl: it must be from 0s to {MAX_TTL_S}s."
        yield Violation(field=f"{path}.ttl", description=problem)


def _notification(notification: AndroidNotificationFields, path: str) -> Iterator[Violation]:
    if notification.color is not None and not _COLOR.fullmatch(notification.color):
        yield Violation(field=f"{path}.color", description="Invalid color: it must be #rrggbb.")
    if any(timing.startswith("-") for timing in notification.vibrate_timings or ()):
        problem = "Invalid vibrate_timings: a duration must not be negative."
        yield Violation(field=f"{path}.vibrate_timings", description=problem)
    if (notification.notification_count or 0) < 0:
        problem = "Invalid notification_count: it must not be negative."
        yield Violation(field=f"{path}.notification_count", description=problem)
    if notification.light_settings is not None:
        yield from _lights(notification.light_settings, f"{path}.light_settings")


def _lights(lights: LightSettings, path: str) -> Iterator[Violation]:
    for name in ("color", "light_on_duration", "light_off_duration"):
        if getattr(lights, name) is None:
            yield Violation(field=f"{path}.{name}", description=f"{name} is required.")
    if lights.color is not None:
        for channel in ("red", "green", "blue", "alpha"):
            share = getattr(lights.color, channel)
            if share is not None and not 0 <= share <= 1:
                problem = f"{channel} must be from 0 to 1."
                yield Violation(field=f"{path}.color.{channel}", description=problem)


def _labels(message: Message) -> Iterator[Violation]:
    for path, block in (
        ("message", message),
        ("message.android", message.android),
        ("message.android_v2", message.android_v2),
        ("message.webpush", message.webpush),
        ("message.apns", message.apns),
    ):
        options = block.fcm_options if block is not None else None
        label = options.analytics_label if options is not None else None
        if label is not None and not _ANALYTICS_LABEL.fullmatch(label):
            field = f"{path}.fcm_options.analytics_label"
            problem = "Invalid analytics label: it must match ^[a-zA-Z0-9-_.~%]{1,50}$."
            yield Violation(field=field, description=problem)


def _links(message: Message) -> Iterator[Violation]:
    options = message.webpush.fcm_options if message.webpush is not None else None
    if options is not None and options.link is not None and not options.link.startswith("https://"):
        problem = "Invalid link: it must be an https URL."
        yield Violation(field="message.webpush.fcm_options.link", description=problem)
