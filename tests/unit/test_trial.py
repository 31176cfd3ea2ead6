"""Test notifications: how many a user may send to itself, and what they say."""

from datetime import UTC, datetime, timedelta

from firebell.core import parse, trial
from tests.builders import NOW


def test_ten_a_minute_and_two_hundred_a_day_are_allowed() -> None:
    minute, day = trial.allowances("ada", now=NOW + timedelta(seconds=30))

    assert (minute.limit, day.limit) == (
        "10 test notifications a minute",
        "200 test notifications a day",
    )
    assert minute.ends_at == NOW + timedelta(minutes=1)
    assert day.ends_at == datetime(2026, 3, 2, tzinfo=UTC)


def test_each_user_and_each_window_counts_for_itself() -> None:
    instants = [NOW, NOW + timedelta(seconds=59), NOW + timedelta(seconds=60)]
    ada = [trial.allowances("ada", now=at) for at in instants]
    grace = trial.allowances("grace", now=NOW)

    assert ada[0] == ada[1]
    assert ada[1][0].counter_id != ada[2][0].counter_id
    assert ada[1][1].counter_id == ada[2][1].counter_id
    ids = {a.counter_id for a in (*ada[0], *grace)}
    assert len(ids) == 4


def test_wait_ends_when_the_window_is_over() -> None:
    now = NOW + timedelta(seconds=59, milliseconds=900)
    minute, _ = trial.allowances("ada", now=now)

    wait = trial.wait_s(minute, now=now)

    assert wait == 1
    assert trial.wait_s(minute, now=NOW) == 60
    assert trial.allowances("ada", now=now + timedelta(seconds=wait))[0] != minute


def test_outbox_takes_it_for_the_devices_alone() -> None:
    item = parse.outbox_item("n1", trial.document("ada"))

    assert (item.uid, item.inbox, item.send_at) == ("ada", False, None)
    assert item.notification.urgent
    assert (item.notification.title, item.notification.body) == (trial.TITLE, trial.BODY)
