import json
from typing import Any

import msgspec
import pytest

from fcm_emulator import reading, schema
from fcm_emulator.fields import block_reader
from fcm_emulator.findings import Findings
from fcm_emulator.refusal import Refused
from fcm_emulator.tests.messages import EVERYTHING, camel

V1 = "type.googleapis.com/google.firebase.fcm.v1"


def read(message: object) -> schema.SendMessageRequest:
    return reading.read_request(json.dumps({"message": message}).encode())


def refusal_of(body: bytes) -> dict[str, Any]:
    with pytest.raises(Refused) as caught:
        reading.read_request(body)
    assert caught.value.refusal.http_status == 400
    error: dict[str, Any] = json.loads(caught.value.refusal.body)["error"]
    assert error["status"] == "INVALID_ARGUMENT"
    return error


def test_every_field_is_read_in_both_spellings_and_kept_in_canonical_form() -> None:
    snake = read(EVERYTHING)
    lower_camel = read(camel(EVERYTHING))

    assert snake == lower_camel
    assert json.loads(msgspec.json.encode(snake)) == {"message": camel(EVERYTHING)}


def test_the_message_above_names_every_field_of_the_schema() -> None:
    pairs = [
        (schema.Message, EVERYTHING),
        (schema.AndroidConfig, EVERYTHING["android"]),
        (schema.AndroidNotification, EVERYTHING["android"]["notification"]),
        (schema.AndroidConfigV2, EVERYTHING["android_v2"]),
        (schema.AndroidRemoteNotification, EVERYTHING["android_v2"]["remote_notification"]),
        (
            schema.AndroidNotificationV2,
            EVERYTHING["android_v2"]["remote_notification"]["notification"],
        ),
        (schema.WebpushConfig, EVERYTHING["webpush"]),
        (schema.ApnsConfig, EVERYTHING["apns"]),
    ]
    for block, example in pairs:
        assert set(block.__struct_fields__) == set(example), block


@pytest.mark.parametrize(
    ("field", "value", "description"),
    [
        ({"data": {"a": "x", "b": 12}}, "message.data[1].value", "(TYPE_STRING), 12"),
        ({"data": {"a": True}}, "message.data[0].value", "(TYPE_STRING), true"),
        ({"data": {"a": None}}, "message.data[0].value", "(TYPE_STRING), null"),
        ({"notification": {"title": 1}}, "message.notification.title", "(TYPE_STRING), 1"),
        (
            {"android": {"priority": "urgent"}},
            "message.android.priority",
            f'({V1}.AndroidConfig.AndroidMessagePriority), "urgent"',
        ),
        ({"android": {"directBootOk": "x"}}, "message.android.direct_boot_ok", '(TYPE_BOOL), "x"'),
        (
            {"android": {"notification": {"notification_count": 2**31}}},
            "message.android.notification.notification_count",
            "(TYPE_INT32), 2147483648",
        ),
        (
            {"android": {"ttl": "5"}},
            "message.android.ttl",
            "(type.googleapis.com/google.protobuf.Duration), "
            "Field 'ttl', Illegal duration format; duration must end with 's'",
        ),
        (
            {"android": {"notification": {"event_time": "2026-02-30T10:00:00Z"}}},
            "message.android.notification.event_time",
            "(type.googleapis.com/google.protobuf.Timestamp), "
            "Field 'event_time', Invalid time format",
        ),
        (
            {"apns": {"payload": "x"}},
            "message.apns.payload",
            '(type.googleapis.com/google.protobuf.Struct), "x"',
        ),
        ({"android": "x"}, "message.android", f'({V1}.AndroidConfig), "x"'),
        (
            {"notification": {"title": {}}},
            "message.notification.title",
            "(TYPE_STRING), Starting an object on a scalar field",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_named_in_googles_words(
    field: dict[str, Any], value: str, description: str
) -> None:
    error = refusal_of(json.dumps({"message": field}).encode())

    expected = f"Invalid value at '{value}' {description}"
    assert error["message"] == expected
    assert error["details"] == [
        {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": value, "description": expected}],
        }
    ]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"message":{"titel":1}}', "Unknown name \"titel\" at 'message': Cannot find field."),
        (b'{"massage":{}}', 'Unknown name "massage": Cannot find field.'),
        (b'{"message":{"notification":{"data":{}}}}', 'Unknown name "data" at \'message.noti'),
        (b'{"message":{"topic":[]}}', "\"topic\" at 'message': Proto field is not repeating"),
        (b'{"message":{"data":[]}}', "Cannot bind a list to map for field 'data'."),
        (b"[]", 'Unknown name "": Root element must be a message.'),
        (b"12", 'Unknown name "": Root element must be a message.'),
        (b'{"message":', "Unexpected end of string."),
        (b"{message}", "Unexpected token."),
        (b'{"a":NaN}', "Unexpected token."),
        (b'{"a":1e999}', "Number out of range."),
        (b'{"message":{"topic":"\xff"}}', "Encountered non UTF-8 code points."),
        (b'{"message":{"topic":"\\ud800"}}', "Unexpected"),
        (b"[" * 1_000_000, "Message too deep."),
    ],
)
def test_what_is_no_such_request_is_refused_in_googles_words(body: bytes, problem: str) -> None:
    error = refusal_of(body)

    assert error["message"].startswith("Invalid JSON payload received. ")
    assert problem in error["message"]


def test_everything_that_does_not_fit_is_reported_at_once_but_not_without_end() -> None:
    few = refusal_of(b'{"message":{"a":1,"b":2,"data":{"c":3}}}')
    many = refusal_of(json.dumps({f"x{n}": n for n in range(1000)}).encode())

    assert few["message"].count("\n") == 2
    assert len(many["details"][0]["fieldViolations"]) == 50


def test_the_last_of_repeated_names_wins() -> None:
    request = reading.read_request(
        b'{"validate_only":true,"validateOnly":false,"message":{"topic":"a","topic":"b"}}'
    )

    assert request.validate_only is False
    assert request.message is not None
    assert request.message.topic == "b"


def test_null_means_not_set() -> None:
    assert read({"token": None, "android": None}).message == schema.Message()


@pytest.mark.parametrize("spelling", ["high", "HIGH", "High", 1])
def test_an_enum_is_read_in_any_case_and_by_number(spelling: object) -> None:
    message = read({"android": {"priority": spelling}}).message

    assert message is not None
    assert message.android is not None
    assert message.android.priority is schema.AndroidMessagePriority.HIGH


def test_numbers_and_truth_values_may_stand_in_quotes() -> None:
    message = read({"android": {"notification": {"notification_count": "3", "sticky": "true"}}})

    assert message == read({"android": {"notification": {"notification_count": 3, "sticky": True}}})


def test_a_free_form_object_may_not_be_deeper_than_protobuf_reads() -> None:
    deep: dict[str, Any] = {}
    for _ in range(120):
        deep = {"x": deep}

    error = refusal_of(json.dumps({"message": {"apns": {"payload": deep}}}).encode())

    assert "Message too deep." in error["message"]


def test_an_empty_body_is_an_empty_request() -> None:
    assert reading.read_request(b"") == schema.SendMessageRequest()


@pytest.mark.parametrize("count", [4097, 1_000_000])
def test_more_items_than_a_payload_could_carry_are_refused_unread(count: int) -> None:
    parts = {"notification": {"vibrate_timings": ["x"] * count}}
    error = refusal_of(json.dumps({"message": {"android": parts}}).encode())

    (violation,) = error["details"][0]["fieldViolations"]
    assert violation["field"] == "message.android.notification"
    assert violation["description"].endswith("More than 4096 items.")


def test_as_many_items_as_a_payload_could_carry_are_read() -> None:
    message = read({"android": {"notification": {"vibrate_timings": ["1s"] * 4096}}}).message

    assert message is not None
    assert message.android is not None
    assert message.android.notification is not None
    assert len(message.android.notification.vibrate_timings or ()) == 4096


@pytest.mark.parametrize(
    "part",
    [
        {str(number): 1 for number in range(1000)},
        {"data": {str(number): 1 for number in range(1000)}},
        {"notification": {"title_loc_args": [1] * 1000}},
    ],
)
def test_nothing_is_read_once_the_findings_are_full(part: dict[str, Any]) -> None:
    offered: list[str] = []

    class Counting(Findings):
        def _add(self, path: str, description: str) -> None:
            offered.append(path)
            super()._add(path, description)

    block_reader(schema.Message)({"android": part, "more": part}, "message", Counting())

    assert len(offered) == 50
