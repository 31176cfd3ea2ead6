"""What a device shows of a message while its app is in the background, or nothing.

Pure. Text that an app would look up in its own resources (`title_loc_key`, `loc-key`) stays
unresolved: it is in the app, not in the message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from fcm_emulator.lifetime import header
from fcm_emulator.payload import android_notification, web_data
from fcm_emulator.schema import AndroidMessagePriority, Message, Notification
from fcm_emulator.targets import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button under a notification."""

    action: str | None
    title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A notification as the screen has it; what the message left out is None.

    *tag* is whatever replaces an earlier notification on this platform: Android's and the web's
    tag, Apple's collapse id.
    """

    title: str | None = None
    body: str | None = None
    image: str | None = None
    icon: str | None = None
    tag: str | None = None
    category: str | None = None
    link: str | None = None
    actions: tuple[Action, ...] = ()


def resolve(
    message: Message, platform: Platform, worker_data_key: str | None = None
) -> Shown | None:
    """Tell what *platform* shows of *message*.

    Args:
        worker_data_key: Of a web device whose own worker shows the JSON under this key of the data.

    Returns:
        None for a message that only its app sees (data only, background push).

    """
    if platform == "android":
        return _android(message)
    return _apple(message) if platform == "ios" else _web(message, worker_data_key)


def is_shown(message: Message, platform: Platform, worker_data_key: str | None = None) -> bool:
    """Tell whether *platform* shows anything of *message*."""
    if message.notification is not None:
        return True
    return resolve(message, platform, worker_data_key) is not None


def priority(message: Message, platform: Platform) -> str:
    """Tell how urgently *message* travels: high or normal, or a browser's `Urgency`."""
    if platform == "ios":
        headers = message.apns.headers if message.apns is not None else None
        return "normal" if header(headers, "apns-priority") in ("1", "5") else "high"
    if platform == "web":
        headers = message.webpush.headers if message.webpush is not None else None
        return header(headers, "urgency") or "normal"
    if message.android_v2 is not None:
        return "normal" if message.android_v2.background_sync is not None else "high"
    if message.android is not None and message.android.priority is not None:
        return "high" if message.android.priority is AndroidMessagePriority.HIGH else "normal"
    return "high" if is_shown(message, "android") else "normal"


def _android(message: Message) -> Shown | None:
    common, own = message.notification, android_notification(message)
    if common is None and own is None:
        return None
    template = common or Notification()
    if own is None:
        return _common(template)
    return Shown(
        title=_first(own.title, template.title),
        body=_first(own.body, template.body),
        image=_first(own.image, template.image),
        icon=own.icon,
        tag=own.tag,
        category=own.channel_id,
        link=own.click_action,
    )


def _apple(message: Message) -> Shown | None:
    config = message.apns
    payload = config.payload if config is not None else None
    aps = (payload or {}).get("aps")
    aps = aps if isinstance(aps, dict) else {}
    alert = aps.get("alert")
    if message.notification is None and not isinstance(alert, str | dict):
        return None
    template = message.notification or Notification()
    own = alert if isinstance(alert, dict) else {}
    title, body = _text(own, "title"), _text(own, "body")
    if isinstance(alert, str):
        template, body = Notification(image=template.image), alert
    options = config.fcm_options if config is not None else None
    return Shown(
        title=_first(title, template.title),
        body=_first(body, template.body),
        image=_first(options.image if options is not None else None, template.image),
        tag=header(config.headers if config is not None else None, "apns-collapse-id"),
        category=_text(aps, "category"),
    )


def _web(message: Message, worker_data_key: str | None) -> Shown | None:
    own = message.webpush.notification if message.webpush is not None else None
    if own is None and message.notification is None:
        return _by_worker(message, worker_data_key) if worker_data_key is not None else None
    options = message.webpush.fcm_options if message.webpush is not None else None
    link = options.link if options is not None else None
    return _browser(own or {}, message.notification or Notification(), link)


def _by_worker(message: Message, data_key: str) -> Shown | None:
    try:
        own = msgspec.json.decode(web_data(message).get(data_key, ""))
    except (msgspec.DecodeError, RecursionError):
        return None
    return _browser(own, Notification(), _text(own, "link")) if isinstance(own, dict) else None


def _browser(own: Mapping[str, Any], template: Notification, link: str | None) -> Shown:
    actions = own.get("actions")
    return Shown(
        title=_first(_text(own, "title"), template.title),
        body=_first(_text(own, "body"), template.body),
        image=_first(_text(own, "image"), template.image),
        icon=_text(own, "icon"),
        tag=_text(own, "tag"),
        link=link,
        actions=tuple(
            Action(action=_text(action, "action"), title=_text(action, "title"))
            for action in (actions if isinstance(actions, list) else ())
            if isinstance(action, dict)
        ),
    )


def _common(notification: Notification) -> Shown:
    return Shown(title=notification.title, body=notification.body, image=notification.image)


def _first(own: str | None, common: str | None) -> str | None:
    return common if own is None else own


def _text(part: Mapping[str, Any], name: str) -> str | None:
    value = part.get(name)
    return value if isinstance(value, str) else None
