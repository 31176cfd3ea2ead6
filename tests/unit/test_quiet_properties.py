from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from firebell.core import quiet
from firebell.core.model import QuietHours

ZONES = [
    *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "America/St_Johns"),
    *("Africa/Casablanca", "Africa/Cairo", "America/Nuuk", "Antarctica/Troll", "Asia/Gaza"),
]
CHANGES = [
    datetime.fromisoformat(f"{at}+00:00")
    for at in (
        *("2026-03-29T01:00", "2026-10-25T01:00", "2026-03-08T07:00", "2026-11-01T06:00"),
        *("2026-04-04T15:00", "2026-10-03T15:30", "2011-12-30T10:00", "2010-11-07T02:31"),
        *("2018-02-18T02:00", "2018-11-04T03:00"),
    )
]
MINUTES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 29, 30, 45, 59]))
HOURS = st.builds(lambda start, end: QuietHours(start=start, end=end), MINUTES, MINUTES)
NEAR_A_CHANGE = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-2880, 2880),
)
INSTANTS = NEAR_A_CHANGE | st.integers(0, 4_102_444_800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
"""Until the year 2100, often within two days of a clock change."""
LONGEST = timedelta(hours=25)
"""A day, and the hour that clocks are put back by."""


def minutes_a_day(hours: QuietHours) -> int:
    """Return how long *hours* last on a day whose clock is not changed."""
    start, end = (at.hour * 60 + at.minute for at in (hours.start, hours.end))
    return (end - start) % 1440


@given(HOURS, st.sampled_from(ZONES), INSTANTS)
def test_quiet_hours_end_within_a_day_and_are_then_over(
    hours: QuietHours, name: str, now: datetime
) -> None:
    zone = ZoneInfo(name)

    end = quiet.ends_at(hours, zone, now)

    if end is not None:
        assert now < end
        assert quiet.ends_at(hours, zone, end) is None
        # The rest of the day may be skipped by the zone; two days are then quiet at a stretch.
        is_rest_longer_than_a_skip = minutes_a_day(hours) < 1440 - 120
        assert end - now <= (LONGEST if is_rest_longer_than_a_skip else 2 * LONGEST)


@given(HOURS, st.sampled_from(ZONES), INSTANTS)
def test_every_instant_until_the_end_gives_the_same_end(
    hours: QuietHours, name: str, now: datetime
) -> None:
    zone = ZoneInfo(name)
    end = quiet.ends_at(hours, zone, now)

    if end is not None:
        middle, last = now + (end - now) / 2, end - timedelta(microseconds=1)
        assert [quiet.ends_at(hours, zone, at) for at in (middle, last)] == [end, end]


@given(HOURS, st.sampled_from(ZONES), INSTANTS)
def test_every_day_without_a_clock_change_has_all_its_quiet_hours(
    hours: QuietHours, name: str, now: datetime
) -> None:
    zone = ZoneInfo(name)
    around = [(now + timedelta(days=days)).astimezone(zone) for days in (-3, 3)]
    assume(around[0].utcoffset() == around[1].utcoffset())
    day = now.astimezone(zone).date()
    begins = datetime.combine(day, hours.start, tzinfo=zone).astimezone(UTC)

    end = quiet.ends_at(hours, zone, begins)

    assert (end or begins) - begins == timedelta(minutes=minutes_a_day(hours))
