"""A message that has every field FCM knows, to be read, mutated and respelled."""

from typing import Any

ANDROID_NOTIFICATION: dict[str, Any] = {
    "title": "t",
    "body": "b",
    "icon": "i",
    "color": "#11aaFF",
    "sound": "default",
    "tag": "x",
    "click_action": "c",
    "body_loc_key": "k",
    "body_loc_args": ["1", "2"],
    "title_loc_key": "k",
    "title_loc_args": ["1"],
    "channel_id": "c",
    "ticker": "t",
    "sticky": True,
    "event_time": "2026-11-23T10:00:00.123456789Z",
    "local_only": False,
    "notification_priority": "PRIORITY_HIGH",
    "default_sound": True,
    "default_vibrate_timings": False,
    "default_light_settings": True,
    "vibrate_timings": ["0.5s", "1s"],
    "visibility": "PRIVATE",
    "notification_count": 3,
    "light_settings": {
        "color": {"red": 1.0, "green": 0.5, "blue": 0.0, "alpha": 0.25},
        "light_on_duration": "1s",
        "light_off_duration": "2.5s",
    },
    "image": "https://example.com/i.png",
}
ANDROID: dict[str, Any] = {
    "collapse_key": "k",
    "ttl": "3.5s",
    "restricted_package_name": "com.example",
    "data": {"snake_key": "v"},
    "fcm_options": {"analytics_label": "l"},
    "direct_boot_ok": True,
    "bandwidth_constrained_ok": True,
    "restricted_satellite_ok": False,
}
EVERYTHING: dict[str, Any] = {
    "name": "ignored",
    "fid": "f",
    "token": "t",
    "topic": "t",
    "condition": "c",
    "data": {"snake_key": "v"},
    "notification": {"title": "t", "body": "b", "image": "i"},
    "android": {
        **ANDROID,
        "priority": "HIGH",
        "notification": {
            **ANDROID_NOTIFICATION,
            "bypass_proxy_notification": True,
            "proxy": "IF_PRIORITY_LOWERED",
        },
    },
    "android_v2": {
        **ANDROID,
        "remote_notification": {
            "mutable_content": True,
            "notification": {**ANDROID_NOTIFICATION, "id": 7},
            "use_as_v1_data_message": True,
        },
        "background_sync": {},
    },
    "webpush": {
        "headers": {"TTL": "60"},
        "data": {"snake_key": "v"},
        "notification": {"title": "t", "snake_key": [1, {"deep": None}]},
        "fcm_options": {"link": "https://example.com", "analytics_label": "l"},
    },
    "apns": {
        "headers": {"apns-priority": "5"},
        "payload": {"aps": {"content-available": 1}, "snake_key": "v"},
        "fcm_options": {"analytics_label": "l", "image": "i"},
        "live_activity_token": "t",
    },
    "fcm_options": {"analytics_label": "l"},
}
# Objects whose keys are the sender's own.
FREE = {"data", "headers", "payload"}


def camel(block: Any) -> Any:
    if not isinstance(block, dict):
        return block
    return {_camel_name(name): _camel_value(name, value) for name, value in block.items()}


def _camel_name(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _camel_value(name: str, value: Any) -> Any:
    is_free = name in FREE or (name == "notification" and "snake_key" in value)
    return value if is_free else camel(value)
