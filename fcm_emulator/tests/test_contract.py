import json
from typing import Any

import pytest

from fcm_emulator import condition, contract
from fcm_emulator.refusal import Refused
from fcm_emulator.schema import Message
from fcm_emulator.targets import Platform


def body(**message: object) -> bytes:
    return json.dumps({"message": message}).encode()


def error_of(body: bytes) -> Any:
    with pytest.raises(Refused) as caught:
        contract.parse(body)
    assert caught.value.refusal.http_status == 400
    return json.loads(caught.value.refusal.body)["error"]


def violations(error: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = error["details"][0]["fieldViolations"]
    return found


@pytest.mark.parametrize("nothing", [b"", b"{}", b'{"message":{}}', b'{"message":{"token":null}}'])
def test_a_message_without_target_is_refused(nothing: bytes) -> None:
    error = error_of(nothing)

    text = "Recipient of the message is not set."
    assert error["message"] == text
    assert violations(error) == [{"field": "message", "description": text}]
    assert error["details"][1]["errorCode"] == "INVALID_ARGUMENT"


def test_two_targets_are_refused_even_if_one_is_empty() -> None:
    error = error_of(body(token="", topic="news"))

    assert error["message"] == (
        "Invalid value at 'message' (oneof), oneof field 'target' is already set. "
        "Cannot set 'topic'"
    )


@pytest.mark.parametrize("field", ["fid", "token", "topic"])
def test_each_target_is_told_apart(field: str) -> None:
    request = contract.parse(body(**{field: "x"}))

    assert (request.target_field, request.target) == (field, "x")


@pytest.mark.parametrize(
    "key", ["from", "message_type", "gcm", "google", "google.x", "gcm.notification.x"]
)
@pytest.mark.parametrize("block", ["message", "android", "webpush", "android_v2"])
def test_reserved_data_keys_are_refused_wherever_data_stands(block: str, key: str) -> None:
    data = {"data": {"fine": "x", key: "y"}}
    error = error_of(body(fid="f", **(data if block == "message" else {block: data})))

    field = "message.data" if block == "message" else f"message.{block}.data"
    assert error["message"] == f"Invalid data payload key: {key}"
    assert violations(error)[0]["field"] == field


@pytest.mark.parametrize("key", ["notification", "collapse_key", "fromage", "gcmx"])
def test_keys_that_fcm_takes_in_spite_of_its_documentation_are_taken(key: str) -> None:
    contract.parse(body(fid="f", data={key: "x"}))


LIGHTS = {"light_on_duration": "1s", "light_off_duration": "1s", "color": {"red": 1}}


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"android": {"ttl": "-1s"}}, "message.android.ttl"),
        ({"android": {"ttl": "2419200.1s"}}, "message.android.ttl"),
        ({"android_v2": {"ttl": "2419201s"}}, "message.android_v2.ttl"),
        ({"android": {"notification": {"color": "red"}}}, "message.android.notification.color"),
        (
            {"android_v2": {"remote_notification": {"notification": {"color": "#12345"}}}},
            "message.android_v2.remote_notification.notification.color",
        ),
        (
            {"android": {"notification": {"vibrate_timings": ["-1s"]}}},
            "message.android.notification.vibrate_timings",
        ),
        (
            {"android": {"notification": {"notification_count": -1}}},
            "message.android.notification.notification_count",
        ),
        (
            {"android": {"notification": {"light_settings": {**LIGHTS, "color": {"red": 2}}}}},
            "message.android.notification.light_settings.color.red",
        ),
        (
            {"android": {"notification": {"light_settings": {**LIGHTS, "color": None}}}},
            "message.android.notification.light_settings.color",
        ),
        ({"fcm_options": {"analytics_label": "a b"}}, "message.fcm_options.analytics_label"),
        (
            {"apns": {"fcm_options": {"analytics_label": "x" * 51}}},
            "message.apns.fcm_options.analytics_label",
        ),
        (
            {"webpush": {"fcm_options": {"link": "http://example.com"}}},
            "message.webpush.fcm_options.link",
        ),
        ({"android": {}, "android_v2": {}}, "message"),
    ],
)
def test_a_breach_of_format_names_its_field(message: dict[str, Any], field: str) -> None:
    error = error_of(body(fid="f", **message))

    assert error["message"] == "Request contains an invalid argument."
    assert [violation["field"] for violation in violations(error)] == [field]
    assert error["details"][1]["errorCode"] == "INVALID_ARGUMENT"


def test_both_halves_of_android_v2_are_refused() -> None:
    error = error_of(body(fid="f", android_v2={"remote_notification": {}, "background_sync": {}}))

    assert "'message.android_v2' (oneof)" in error["message"]


@pytest.mark.parametrize("ttl", ["0s", "3.5s", "2419200s"])
def test_a_ttl_up_to_four_weeks_is_taken(ttl: str) -> None:
    contract.parse(body(fid="f", android={"ttl": ttl, "notification": {"light_settings": LIGHTS}}))


@pytest.mark.parametrize("topic", ["", "/topics/news", "a b", "ü", "x" * 901])
def test_a_malformed_topic_is_refused(topic: str) -> None:
    assert violations(error_of(body(topic=topic)))[0]["field"] == "message.topic"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "'a'",
        "a in topics",
        '"a" in topics',
        "'a' in topics &&",
        "'a' in topics & 'b' in topics",
        "('a' in topics",
        "'a' in topics)",
        "'a' in topics 'b' in topics",
        "!" * 200 + "'a' in topics",
        " || ".join(f"'{name}' in topics" for name in "abcdef"),
    ],
)
def test_a_malformed_condition_is_refused(text: str) -> None:
    error = error_of(body(condition=text))

    assert error["message"] == "Request contains an invalid argument."
    assert violations(error) == [
        {"field": "message.condition", "description": "Invalid condition expression provided."}
    ]


def test_a_condition_over_5120_bytes_is_refused_unread() -> None:
    fits = "'a' in topics".ljust(5120)

    assert condition.parse(fits) == condition.InTopic(topic="a")
    for too_long in (fits + " ", "(" * 10_000_000, "'a' in topics" + "\u3000" * 2000):
        with pytest.raises(condition.InvalidCondition, match="more than 5120 bytes"):
            condition.parse(too_long)


def test_a_condition_is_read_from_left_to_right() -> None:
    a, b, c = (condition.InTopic(topic=name) for name in "abc")

    read = condition.parse("'a' in topics || 'b' in topics && !('c' in topics)")

    assert read == condition.Chain(first=a, steps=(("||", b), ("&&", condition.Not(term=c))))


@pytest.mark.parametrize("platform", ["android", "ios", "web"])
def test_a_payload_over_4096_bytes_is_too_big(platform: Platform) -> None:
    too_big = Message(data={"text": "x" * 4093})

    contract.check_for_platform(Message(data={"text": "x" * 4000}), platform)
    with pytest.raises(Refused) as caught:
        contract.check_for_platform(too_big, platform)

    assert json.loads(caught.value.refusal.body)["error"] == {
        "code": 400,
        "message": "Android message is too big",
        "status": "INVALID_ARGUMENT",
        "details": [
            {"@type": "type.googleapis.com/google.rpc.BadRequest"},
            {
                "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError",
                "errorCode": "INVALID_ARGUMENT",
            },
        ],
    }


def test_android_counts_keys_and_values_in_bytes_and_its_own_data_replaces_the_common() -> None:
    fits = contract.parse(body(fid="f", data={"text": "ü" * 2046})).message
    replaced = contract.parse(body(fid="f", data={"x": "y" * 9999}, android={"data": {}})).message

    contract.check_for_platform(fits, "android")
    contract.check_for_platform(replaced, "android")
    with pytest.raises(Refused):
        contract.check_for_platform(
            contract.parse(body(fid="f", data={"texts": "ü" * 2046})).message, "android"
        )


@pytest.mark.parametrize(
    ("parts", "is_taken"),
    [
        ({"apns": {"headers": {"apns-priority": "10"}}}, False),
        ({"apns": {"headers": {"apns-priority": "1"}}}, False),
        ({"apns": {"headers": {"APNS-Priority": "5"}}}, True),
        ({"apns": {"headers": {"apns-priority": "10"}, "payload": {"aps": {"badge": 1}}}}, True),
        ({"apns": {"headers": {"apns-priority": "10"}}, "notification": {"title": "t"}}, True),
        ({}, True),
    ],
)
def test_apple_takes_data_only_messages_at_priority_five(
    parts: dict[str, Any], is_taken: bool
) -> None:
    message = contract.parse(body(fid="f", data={"a": "b"}, **parts)).message

    contract.check_for_platform(message, "android")
    if is_taken:
        contract.check_for_platform(message, "ios")
    else:
        with pytest.raises(Refused, match="apns-priority 5"):
            contract.check_for_platform(message, "ios")
