"""Topic management by every SDK, the new API and the older one, and sends to a topic."""

import firebase_admin
import pytest
from firebase_admin import messaging

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target, new_fid
from fcm_emulator.tests.sdk.conftest import Act, Run
from fcm_emulator.tests.sdk.stage import Stage


def test_the_python_sdk_manages_topics_and_sends_to_them(
    app: firebase_admin.App, fcm: EmulatorClient, phone: Target, old_phone: Target
) -> None:
    both = [phone.value, old_phone.value]

    subscribed = messaging.subscribe_to_topic([*both, new_fid().value], "news", app=app)
    name = messaging.send(messaging.Message(topic="news"), app=app)
    left = messaging.unsubscribe_from_topic(both, "news", app=app)

    assert (subscribed.success_count, left.success_count) == (2, 2)
    assert [(error.index, error.reason) for error in subscribed.errors] == [(2, "UNREGISTERED")]
    assert [received.name for received in fcm.messages()] == [name, name]


def test_the_python_sdk_manages_topics_the_older_way(
    app: firebase_admin.App, fcm: EmulatorClient, old_phone: Target
) -> None:
    one = [old_phone.value]

    with pytest.warns(DeprecationWarning, match="legacy"):
        assert messaging.subscribe_to_topic_legacy(one, "news", app=app).success_count == 1
    name = messaging.send(messaging.Message(condition="'news' in topics"), app=app)
    with pytest.warns(DeprecationWarning, match="legacy"):
        assert messaging.unsubscribe_from_topic_legacy(one, "news", app=app).success_count == 1

    assert [received.name for received in fcm.messages(old_phone)] == [name]


def test_the_async_python_sdk_manages_topics(
    app: firebase_admin.App, stage: Stage, run_async: Run
) -> None:
    async def come_and_go() -> tuple[int, int, int]:
        both = [stage.phone.value, stage.old_phone.value]
        missing = stage.missing.value
        come = await messaging.subscribe_to_topic_async([*both, missing], "news", app=app)
        go = await messaging.unsubscribe_from_topic_async(both, "news", app=app)
        return come.success_count, come.failure_count, go.success_count

    assert run_async(come_and_go()) == (2, 1, 2)


def test_the_node_sdk_manages_topics_both_ways_and_sends_to_them(
    stage: Stage, act_node: Act
) -> None:
    found = act_node("topics")

    assert found["counts"] == [[2, 1], [2, 0], [1, 1], [1, 0]]
    assert found["errors"] == ["messaging/registration-token-not-registered"]
    assert stage.sent_to(stage.phone) == stage.sent_to(stage.old_phone) == [found["sent"]]


def test_the_go_sdk_manages_topics_and_sends_to_them(stage: Stage, act_go: Act) -> None:
    found = act_go("topics")

    assert found["counts"] == [[2, 1], [2, 0]]
    assert stage.sent_to(stage.phone) == stage.sent_to(stage.old_phone) == [found["sent"]]


def test_the_java_sdk_manages_topics_and_sends_to_them(stage: Stage, act_java: Act) -> None:
    found = act_java("topics")

    assert found["counts"] == [[2, 1], [2, 0]]
    assert stage.sent_to(stage.phone) == stage.sent_to(stage.old_phone) == [found["sent"]]
