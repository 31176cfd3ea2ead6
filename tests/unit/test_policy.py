from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from firebell.core import policy, schema
from firebell.core.deliveries import Decision, Defer, Drop, Send, Skipped
from firebell.core.model import (
    DeviceState,
    Notification,
    Preference,
    QuietHours,
    Recipient,
    Runtime,
    UserSettings,
)
from tests.builders import NOW, a_device, a_notification, a_recipient

NIGHT = QuietHours(start=time(22), end=time(7), timezone="Europe/Berlin")
AT_NIGHT = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
MORNING = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""07:00 in Berlin, when the night that `AT_NIGHT` lies in ends."""
RUNNING = Runtime()
PAUSED = Runtime(sending_paused=True)


def decide(
    notification: Notification,
    recipient: Recipient | None,
    *,
    runtime: Runtime = RUNNING,
    life_ends: datetime | None = None,
    now: datetime = NOW,
) -> Decision:
    return policy.decide(notification, recipient, runtime=runtime, life_ends=life_ends, now=now)


def who_chose(**chosen: Any) -> Recipient:
    """Return a recipient whose settings say *chosen*."""
    return a_recipient(settings=UserSettings(**chosen))


def sleeper(hours: QuietHours = NIGHT, **overrides: Any) -> Recipient:
    return a_recipient(settings=UserSettings(quiet_hours=hours), **overrides)


def calm(**overrides: Any) -> Notification:
    """Return a notification that heeds quiet hours."""
    return a_notification(**{"urgent": False, "expire_at": None} | overrides)


def test_active_devices_get_the_notification() -> None:
    phone, browser = a_device(1), a_device(2, platform="web")

    assert decide(a_notification(), a_recipient(phone, browser)) == Send(devices=(phone, browser))


@pytest.mark.parametrize("state", ["quarantined", "disabled"])
def test_device_that_is_not_active_gets_nothing(state: DeviceState) -> None:
    phone, tablet = a_device(1), a_device(2, state=state)

    assert decide(a_notification(), a_recipient(phone, tablet)) == Send(devices=(phone,))


OFF = {"kitchen": Preference(push=False)}


@pytest.mark.parametrize(
    ("notification", "recipient", "reason"),
    [
        pytest.param(a_notification(), None, "no_recipient", id="user never had a device"),
        pytest.param(a_notification(), a_recipient(erased_at=NOW), "erased", id="user was erased"),
        pytest.param(a_notification(push=False), a_recipient(), "push_off", id="inbox only"),
        pytest.param(a_notification(expire_at=NOW), a_recipient(), "expired", id="expires now"),
        pytest.param(
            a_notification(expire_at=NOW - timedelta(days=1)),
            a_recipient(),
            "expired",
            id="expired yesterday",
        ),
        pytest.param(a_notification(is_read=True), a_recipient(), "already_read", id="read"),
        pytest.param(
            a_notification(), who_chose(preferences=OFF), "category_off", id="category off"
        ),
        pytest.param(a_notification(), a_recipient(devices={}), "no_device", id="no device left"),
        pytest.param(
            a_notification(),
            a_recipient(a_device(state="quarantined")),
            "no_device",
            id="only a quarantined device",
        ),
    ],
)
def test_refusal_has_a_documented_reason(
    notification: Notification, recipient: Recipient | None, reason: str
) -> None:
    assert decide(notification, recipient) == Drop(reason=reason)
    assert reason in policy.REASONS


def test_first_of_several_reasons_is_given() -> None:
    everything = a_notification(push=False, expire_at=NOW, is_read=True, urgent=False)
    settings = UserSettings(preferences=OFF, quiet_hours=NIGHT)
    nobody = a_recipient(devices={}, erased_at=NOW, settings=settings)
    reasons = []

    steps: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {}),
        ({}, {"erased_at": None}),
        ({"push": True}, {}),
        ({"expire_at": None}, {}),
        ({"is_read": False}, {}),
        ({}, {"settings": UserSettings(quiet_hours=NIGHT)}),
        ({}, {"devices": a_recipient().devices}),
    ]
    for mended_notification, mended_recipient in steps:
        everything = replace(everything, **mended_notification)
        nobody = replace(nobody, **mended_recipient)
        decision = decide(everything, nobody, runtime=PAUSED, now=AT_NIGHT)
        assert not isinstance(decision, Send)
        reasons.append(decision.reason)
    held = decide(everything, nobody, now=AT_NIGHT)

    assert reasons == [
        *("erased", "push_off", "expired", "already_read", "category_off", "no_device", "paused"),
    ]
    assert held == Defer(until=MORNING, reason="quiet_hours")


def test_notification_without_end_or_with_a_later_one_is_sent() -> None:
    endless = a_notification(expire_at=None)
    ending = a_notification(expire_at=NOW + timedelta(seconds=1))

    assert isinstance(decide(endless, a_recipient()), Send)
    assert isinstance(decide(ending, a_recipient()), Send)


def test_silent_notification_skips_browsers_with_a_reason() -> None:
    phone, browser = a_device(1), a_device(2, platform="web")
    silent = a_notification(title=None, body=None)

    decision = decide(silent, a_recipient(phone, browser))

    skipped = Skipped(reason="silent_web")
    assert decision == Send(devices=(phone,), skipped={browser: skipped})


@pytest.mark.parametrize(
    ("category", "preferences", "wanted"),
    [
        pytest.param("news", {}, True, id="nothing chosen"),
        pytest.param("news", {"news": Preference(push=False)}, False, id="off"),
        pytest.param("news", {"chat": Preference(push=False)}, True, id="another one off"),
        pytest.param("news", {"default": Preference(push=False)}, False, id="default off"),
        pytest.param(
            "news",
            {"default": Preference(push=False), "news": Preference()},
            True,
            id="on, default off",
        ),
        pytest.param(None, {"default": Preference(push=False)}, False, id="none: default off"),
        pytest.param(None, {"news": Preference(push=False)}, True, id="none: another one off"),
        pytest.param("news", {"news": Preference(inbox=False)}, True, id="only the inbox off"),
    ],
)
def test_category_is_looked_up_by_its_name_then_by_default(
    category: str | None, preferences: dict[str, Preference], wanted: bool
) -> None:
    decision = decide(a_notification(category=category), who_chose(preferences=preferences))

    assert isinstance(decision, Send) is wanted


def test_urgent_notification_does_not_pass_a_category_that_is_off() -> None:
    decision = decide(a_notification(urgent=True), who_chose(preferences=OFF))

    assert decision == Drop(reason="category_off")


def test_inbox_and_push_of_a_category_are_apart() -> None:
    recipient = who_chose(
        preferences={"news": Preference(inbox=False), "default": Preference(push=False)}
    )

    news, chat, plain = (a_notification(category=name) for name in ("news", "chat", None))

    assert not policy.inbox_allowed(news, recipient)
    assert policy.inbox_allowed(chat, recipient)
    assert policy.inbox_allowed(plain, recipient)
    assert policy.inbox_allowed(news, None)


def test_inbox_shows_nothing_to_an_erased_user_or_of_a_dry_run() -> None:
    assert not policy.inbox_allowed(a_notification(), a_recipient(erased_at=NOW))
    assert not policy.inbox_allowed(a_notification(validate_only=True), a_recipient())


def test_paused_sending_is_looked_at_again_a_little_later() -> None:
    decision = decide(a_notification(urgent=True), a_recipient(), runtime=PAUSED)

    until = NOW + timedelta(seconds=schema.PAUSE_LOOK_S)
    assert decision == Defer(until=until, reason="paused")


def test_quiet_hours_put_the_push_off_until_local_morning() -> None:
    assert decide(calm(), sleeper(), now=AT_NIGHT) == Defer(until=MORNING, reason="quiet_hours")
    assert isinstance(decide(calm(), sleeper(), now=MORNING), Send)


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(calm(urgent=True), id="urgent"),
        pytest.param(calm(title=None, body=None), id="silent"),
    ],
)
def test_what_may_disturb_or_cannot_passes_quiet_hours(passing: Notification) -> None:
    assert decide(passing, sleeper(), now=AT_NIGHT) == Send(devices=(a_device(),))


@pytest.mark.parametrize(
    ("life_ends", "decision"),
    [
        (MORNING, Drop(reason="quiet_hours")),
        (MORNING + timedelta(seconds=1), Defer(until=MORNING, reason="quiet_hours")),
    ],
    ids=["with the night", "after it"],
)
def test_push_that_quiet_hours_outlive_is_dropped(life_ends: datetime, decision: Decision) -> None:
    assert decide(calm(), sleeper(), life_ends=life_ends, now=AT_NIGHT) == decision


def test_pause_does_not_judge_a_push_by_its_life() -> None:
    decision = decide(calm(), a_recipient(), runtime=PAUSED, life_ends=NOW)

    assert isinstance(decision, Defer)


def test_quiet_hours_without_a_zone_go_by_the_recipients() -> None:
    hours = QuietHours(start=time(22), end=time(7))

    decision = decide(calm(), sleeper(hours, timezone="Asia/Kolkata"), now=AT_NIGHT)

    assert decision == Defer(until=datetime(2026, 3, 2, 1, 30, tzinfo=UTC), reason="quiet_hours")


@pytest.mark.parametrize(
    ("hours_zone", "recipient_zone"),
    [("Mars/Phobos", "Europe/Berlin"), (None, "Mars/Phobos"), (None, None)],
    ids=["of the hours", "of the recipient", "none at all"],
)
def test_unknown_time_zone_means_no_quiet_hours_and_is_noted(
    hours_zone: str | None, recipient_zone: str | None
) -> None:
    hours = QuietHours(start=time(0), end=time(23, 59), timezone=hours_zone)

    decision = decide(calm(), sleeper(hours, timezone=recipient_zone))

    assert decision == Send(devices=(a_device(),), note="timezone_unknown")


def test_unknown_time_zone_is_not_noted_where_quiet_hours_do_not_matter() -> None:
    hours = QuietHours(start=time(22), end=time(7), timezone="Mars/Phobos")

    decision = decide(calm(urgent=True), sleeper(hours))

    assert decision == Send(devices=(a_device(),))


def test_dry_run_never_waits() -> None:
    dry = calm(validate_only=True)

    assert decide(dry, a_recipient(), runtime=PAUSED) == Drop(reason="paused")
    assert decide(dry, sleeper(), now=AT_NIGHT) == Drop(reason="quiet_hours")


def test_dry_run_says_that_nothing_was_delivered() -> None:
    dry = calm(validate_only=True)

    assert decide(dry, a_recipient()) == Send(devices=(a_device(),), note="validate_only")


def test_no_reason_is_documented_that_is_never_given() -> None:
    refusals = {"no_recipient", "erased", "push_off", "expired", "already_read", "category_off"}
    others = {
        "no_device",
        "silent_web",
        "paused",
        "quiet_hours",
        "timezone_unknown",
        "validate_only",
    }

    assert set(policy.REASONS) == refusals | others | {"capped"}
