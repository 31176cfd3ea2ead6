"""The request of `messages:send` as types: every block and field of FCM's discovery document.

Types and names only: `reading` fills them from JSON, `contract` holds the rules. Attributes have
the proto's snake_case names, encoding gives canonical lowerCamelCase, a field not sent is `None`.
"""

from enum import Enum
from typing import Any, NewType

import msgspec

Duration = NewType("Duration", str)
Timestamp = NewType("Timestamp", str)


class AndroidMessagePriority(Enum):
    """How urgently Android is to be woken."""

    NORMAL = "NORMAL"
    HIGH = "HIGH"


class NotificationPriority(Enum):
    """The rank of a notification on the device, apart from its urgency in transit."""

    PRIORITY_UNSPECIFIED = "PRIORITY_UNSPECIFIED"
    PRIORITY_MIN = "PRIORITY_MIN"
    PRIORITY_LOW = "PRIORITY_LOW"
    PRIORITY_DEFAULT = "PRIORITY_DEFAULT"
    PRIORITY_HIGH = "PRIORITY_HIGH"
    PRIORITY_MAX = "PRIORITY_MAX"


class Visibility(Enum):
    """What a locked screen may show of a notification."""

    VISIBILITY_UNSPECIFIED = "VISIBILITY_UNSPECIFIED"
    PRIVATE = "PRIVATE"
    PUBLIC = "PUBLIC"
    SECRET = "SECRET"  # noqa: S105 - an Android visibility, not a credential


class Proxy(Enum):
    """Whether Android may show a notification for an app that it does not wake."""

    PROXY_UNSPECIFIED = "PROXY_UNSPECIFIED"
    ALLOW = "ALLOW"
    DENY = "DENY"
    IF_PRIORITY_LOWERED = "IF_PRIORITY_LOWERED"


class Block(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A JSON object of the request with a fixed set of fields."""


class Notification(Block, frozen=True, kw_only=True):
    """The template that every platform starts from."""

    title: str | None = None
    body: str | None = None
    image: str | None = None


class FcmOptions(Block, frozen=True, kw_only=True):
    """Options of the FCM SDKs for all platforms, and for Android."""

    analytics_label: str | None = None


class AndroidFcmOptions(FcmOptions, frozen=True, kw_only=True):
    """The same for Android."""


class WebpushFcmOptions(FcmOptions, frozen=True, kw_only=True):
    """The same for browsers, with the page that a click opens."""

    link: str | None = None


class ApnsFcmOptions(FcmOptions, frozen=True, kw_only=True):
    """The same for Apple devices, with an image that the app downloads."""

    image: str | None = None


class Color(Block, frozen=True, kw_only=True):
    """A colour as fractions of one; an absent channel is 0, an absent alpha opaque."""

    red: float | None = None
    green: float | None = None
    blue: float | None = None
    alpha: float | None = None


class LightSettings(Block, frozen=True, kw_only=True):
    """How an LED blinks; FCM requires all three."""

    color: Color | None = None
    light_on_duration: Duration | None = None
    light_off_duration: Duration | None = None


class AndroidNotificationFields(Block, frozen=True, kw_only=True):
    """What both generations of Android notification have in common."""

    title: str | None = None
    body: str | None = None
    icon: str | None = None
    color: str | None = None
    sound: str | None = None
    tag: str | None = None
    click_action: str | None = None
    body_loc_key: str | None = None
    body_loc_args: list[str] | None = None
    title_loc_key: str | None = None
    title_loc_args: list[str] | None = None
    channel_id: str | None = None
    ticker: str | None = None
    sticky: bool | None = None
    event_time: Timestamp | None = None
    local_only: bool | None = None
    notification_priority: NotificationPriority | None = None
    default_sound: bool | None = None
    default_vibrate_timings: bool | None = None
    default_light_settings: bool | None = None
    vibrate_timings: list[Duration] | None = None
    visibility: Visibility | None = None
    notification_count: int | None = None
    light_settings: LightSettings | None = None
    image: str | None = None


class AndroidNotification(AndroidNotificationFields, frozen=True, kw_only=True):
    """`AndroidConfig.notification`."""

    bypass_proxy_notification: bool | None = None
    proxy: Proxy | None = None


class AndroidNotificationV2(AndroidNotificationFields, frozen=True, kw_only=True):
    """`AndroidRemoteNotification.notification`: `(tag, id)` identifies it on the device."""

    id: int | None = None


class AndroidDelivery(Block, frozen=True, kw_only=True):
    """What both generations of Android settings have in common."""

    collapse_key: str | None = None
    ttl: Duration | None = None
    restricted_package_name: str | None = None
    data: dict[str, str] | None = None
    fcm_options: AndroidFcmOptions | None = None
    direct_boot_ok: bool | None = None
    bandwidth_constrained_ok: bool | None = None
    restricted_satellite_ok: bool | None = None


class AndroidConfig(AndroidDelivery, frozen=True, kw_only=True):
    """`Message.android`."""

    priority: AndroidMessagePriority | None = None
    notification: AndroidNotification | None = None


class AndroidRemoteNotification(Block, frozen=True, kw_only=True):
    """The urgent half of `AndroidConfigV2`."""

    mutable_content: bool | None = None
    notification: AndroidNotificationV2 | None = None
    use_as_v1_data_message: bool | None = None


class AndroidBackgroundSyncMessage(Block, frozen=True, kw_only=True):
    """The patient half of `AndroidConfigV2`; it has no fields."""


class AndroidConfigV2(AndroidDelivery, frozen=True, kw_only=True):
    """`Message.android_v2`, a preview: urgency follows from which half is present."""

    remote_notification: AndroidRemoteNotification | None = None
    background_sync: AndroidBackgroundSyncMessage | None = None


class WebpushConfig(Block, frozen=True, kw_only=True):
    """`Message.webpush`; `notification` is what the browser's showNotification takes."""

    headers: dict[str, str] | None = None
    data: dict[str, str] | None = None
    notification: dict[str, Any] | None = None
    fcm_options: WebpushFcmOptions | None = None


class ApnsConfig(Block, frozen=True, kw_only=True):
    """`Message.apns`; `payload` is what Apple's service takes."""

    headers: dict[str, str] | None = None
    payload: dict[str, Any] | None = None
    fcm_options: ApnsFcmOptions | None = None
    live_activity_token: str | None = None


class Message(Block, frozen=True, kw_only=True):
    """What is sent, and to whom: exactly one of fid, token, topic and condition."""

    name: str | None = None
    fid: str | None = None
    token: str | None = None
    topic: str | None = None
    condition: str | None = None
    data: dict[str, str] | None = None
    notification: Notification | None = None
    android: AndroidConfig | None = None
    android_v2: AndroidConfigV2 | None = None
    webpush: WebpushConfig | None = None
    apns: ApnsConfig | None = None
    fcm_options: FcmOptions | None = None


class SendMessageRequest(Block, frozen=True, kw_only=True):
    """The whole body."""

    message: Message | None = None
    validate_only: bool | None = None
