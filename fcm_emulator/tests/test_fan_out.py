import pytest

from fcm_emulator import condition
from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Platform, Target, new_fid
from fcm_emulator.tests.conftest import Sender


@pytest.mark.parametrize(
    ("text", "topics", "holds"),
    [
        ("'A' in topics", "A", True),
        ("'A' in topics", "B", False),
        ("!('A' in topics)", "", True),
        ("!('A' in topics)", "B", True),
        ("!('A' in topics)", "A", False),
        ("!!('A' in topics)", "A", True),
        ("'A' in topics && 'B' in topics", "A", False),
        ("'A' in topics && 'B' in topics", "AB", True),
        # Left to right: (A || B) && C. With && first, A alone would do.
        ("'A' in topics || 'B' in topics && 'C' in topics", "A", False),
        ("'A' in topics || 'B' in topics && 'C' in topics", "AC", True),
        ("'A' in topics || ('B' in topics && 'C' in topics)", "A", True),
        ("'A' in topics && 'B' in topics || 'C' in topics", "C", True),
        ("'A' in topics && ('B' in topics || 'C' in topics)", "C", False),
        ("'A' in topics && ('B' in topics || 'C' in topics)", "AC", True),
        ("'A' in topics || 'B' in topics || 'C' in topics", "B", True),
        ("!('A' in topics || 'B' in topics)", "B", False),
        ("!('A' in topics) && 'B' in topics", "B", True),
    ],
)
def test_conditions_are_evaluated_from_left_to_right(text: str, topics: str, holds: bool) -> None:
    assert condition.holds(condition.parse(text), set(topics)) is holds


def devices(fcm: EmulatorClient, *platforms: Platform) -> list[Target]:
    made = [new_fid() for _ in platforms]
    for target, platform in zip(made, platforms, strict=True):
        fcm.register_device(target, platform)
    return made


def test_a_topic_reaches_its_subscribers_under_one_name(
    sender: Sender, fcm: EmulatorClient
) -> None:
    android, ios, web, other = devices(fcm, "android", "ios", "web", "android")
    for target in (web, android, ios):
        fcm.subscribe(target, "news")
    fcm.subscribe(other, "weather")

    reply = sender.send({"topic": "news", "notification": {"title": "Hello"}})

    assert reply.http_status == 200
    received = fcm.messages()
    assert [one.target for one in received] == [web, android, ios]
    assert {one.name for one in received} == {reply.json["name"]}
    assert {one.message["topic"] for one in received} == {"news"}
    assert [one.seq for one in received] == [1, 2, 3]


def test_a_topic_of_another_project_is_another_topic(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.subscribe(phone, "news")
    elsewhere = Sender(address=sender.address, project=f"{sender.project}-x")

    assert elsewhere.send({"topic": "news"}).http_status == 200
    assert fcm.messages() == []


def test_a_condition_reaches_those_it_holds_for(sender: Sender, fcm: EmulatorClient) -> None:
    a, ab, nobody = devices(fcm, "android", "ios", "web")
    for target, topic in ((a, "a"), (ab, "a"), (ab, "b")):
        fcm.subscribe(target, topic)

    sender.send({"condition": "'a' in topics && !('b' in topics)"})
    sender.send({"condition": "!('a' in topics)"})

    assert [one.target for one in fcm.messages()] == [a, nobody]


@pytest.mark.parametrize("target", [{"topic": "news"}, {"condition": "'news' in topics"}])
@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_fan_out_succeeds_without_subscribers(
    sender: Sender, target: dict[str, str], is_dry_run: bool
) -> None:
    reply = sender.send(target, validate_only=is_dry_run)

    assert reply.http_status == 200
    assert reply.json["name"].endswith("/fake_message_id") is is_dry_run


def test_a_validated_fan_out_reaches_nobody(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.subscribe(phone, "news")

    sender.send({"topic": "news"}, validate_only=True)

    assert fcm.messages() == []


@pytest.mark.parametrize(
    "text",
    [
        '"a" in topics',
        "'a' in topics &&",
        "'a' in topics & 'b' in topics",
        "('a' in topics",
        "'a b' in topics",
        " || ".join(f"'t{number}' in topics" for number in range(6)),
        "",
    ],
)
def test_a_condition_that_is_none_is_refused_in_fcm_s_words(sender: Sender, text: str) -> None:
    reply = sender.send({"condition": text})

    assert (reply.http_status, reply.fcm_code) == (400, "INVALID_ARGUMENT")
    assert reply.error["message"] == "Request contains an invalid argument."
    assert reply.violated_fields == ["message.condition"]
    assert "Invalid condition expression provided." in reply.body.decode()


def test_five_topics_are_the_most_of_a_condition(sender: Sender) -> None:
    text = " || ".join(f"'t{number}' in topics" for number in range(5))

    assert sender.send({"condition": text}).http_status == 200


@pytest.mark.parametrize("target", [{"topic": "t"}, {"condition": "'t' in topics"}])
@pytest.mark.parametrize(("size", "http_status"), [(2044, 200), (2045, 400)])
def test_a_fan_out_weighs_half_of_what_a_device_takes(
    sender: Sender, target: dict[str, str], size: int, http_status: int
) -> None:
    reply = sender.send({**target, "android": {"data": {"text": "x" * size}}})

    assert reply.http_status == http_status
    if http_status == 400:
        assert reply.error["message"] == "Android message is too big"


@pytest.mark.parametrize("block", ["apns", "webpush"])
def test_a_fan_out_is_weighed_for_every_platform(sender: Sender, block: str) -> None:
    part = "payload" if block == "apns" else "data"

    reply = sender.send({"topic": "t", block: {part: {"text": "x" * 2048}}})

    assert reply.http_status == 400


def test_a_device_that_cannot_take_a_fan_out_is_passed_over(
    sender: Sender, fcm: EmulatorClient
) -> None:
    android, ios = devices(fcm, "android", "ios")
    for target in (ios, android):
        fcm.subscribe(target, "t")

    reply = sender.send(
        {"topic": "t", "data": {"a": "b"}, "apns": {"headers": {"apns-priority": "10"}}}
    )

    assert reply.http_status == 200
    assert [one.target for one in fcm.messages()] == [android]


def test_a_fan_out_is_not_held_against_a_device_s_limits(
    sender: Sender, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.limit(androidMessagesPerMinute=0)
    fcm.subscribe(phone, "t")

    assert sender.send({"topic": "t"}).http_status == 200
    assert len(fcm.messages(phone)) == 1
