"""FCM's own rules for a message that already fits the schema, and where it is to go.

Pure: bytes in, a valid request out or the documented refusal. Whether the target exists is for the
ledger to say.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from fcm_emulator import condition, errors, reading, rules
from fcm_emulator.payload import (
    MAX_FAN_OUT_BYTES,
    MAX_PAYLOAD_BYTES,
    is_data_only_for_apple,
    payload_bytes,
)
from fcm_emulator.refusal import Refused, Violation
from fcm_emulator.schema import Message
from fcm_emulator.targets import Platform

TargetField: TypeAlias = Literal["fid", "token", "topic", "condition"]

_PLATFORMS: tuple[Platform, ...] = ("android", "ios", "web")
_TARGET_FIELDS: tuple[TargetField, ...] = ("fid", "token", "topic", "condition")


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A request that FCM would accept if its target exists."""

    message: Message
    target_field: TargetField
    target: str
    is_dry_run: bool

    @property
    def is_fan_out(self) -> bool:
        """Whether it goes to whoever is subscribed, rather than to one device."""
        return self.target_field in ("topic", "condition")


def parse(body: bytes) -> Send:
    """Read and judge a body of `messages:send`.

    Raises:
        Refused: with the reply that FCM gives.

    """
    request = reading.read_request(body)
    message = request.message or Message()
    target_field, target = _target(message)
    refusal = rules.first_breach(message)
    if refusal is not None:
        raise Refused(refusal)
    _check_audience(target_field, target)
    return Send(
        message=message,
        target_field=target_field,
        target=target,
        is_dry_run=bool(request.validate_only),
    )


def check_for_platform(message: Message, platform: Platform) -> None:
    """Judge what depends on the device that a message goes to.

    Raises:
        Refused: its payload is too big there, or Apple would not take it at this priority.

    """
    if payload_bytes(message, platform) > MAX_PAYLOAD_BYTES:
        raise Refused(errors.too_big())
    if platform == "ios" and is_data_only_for_apple(message):
        headers = message.apns.headers or {} if message.apns else {}
        priority = next((v for k, v in headers.items() if k.lower() == "apns-priority"), "5")
        if priority != "5":
            problem = "Data-only messages to Apple devices need apns-priority 5."
            raise Refused(
                errors.invalid_argument(
                    [Violation(field="message.apns.headers", description=problem)]
                )
            )


def check_for_fan_out(message: Message) -> None:
    """Judge what a message to a topic or condition may weigh, whoever is subscribed.

    Raises:
        Refused: it is too big on one of the platforms.

    """
    if any(payload_bytes(message, platform) > MAX_FAN_OUT_BYTES for platform in _PLATFORMS):
        raise Refused(errors.too_big())


def _target(message: Message) -> tuple[TargetField, str]:
    named = {
        field: value for field in _TARGET_FIELDS if (value := getattr(message, field)) is not None
    }
    if not named:
        raise Refused(errors.no_recipient())
    if len(named) > 1:
        raise Refused(errors.unreadable([rules.already_set("message", "target", list(named)[1])]))
    return named.popitem()


def _check_audience(target_field: TargetField, target: str) -> None:
    if target_field == "topic" and not condition.is_topic(target):
        _refuse_audience("message.topic", "Malformed topic name")
    if target_field == "condition":
        try:
            condition.parse(target)
        except condition.InvalidCondition:
            _refuse_audience("message.condition", "Invalid condition expression provided.")


def _refuse_audience(field: str, description: str) -> None:
    raise Refused(errors.invalid_argument([Violation(field=field, description=description)]))
