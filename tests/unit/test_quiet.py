import subprocess
import sys
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from firebell.core import quiet
from firebell.core.model import QuietHours

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"


def hours(written: str) -> QuietHours:
    """Return the quiet hours written as `22:00-07:00`."""
    start, end = written.split("-")
    return QuietHours(start=time.fromisoformat(start), end=time.fromisoformat(end))


def utc(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def quiet_until(zone: str, written: str, now: str) -> str | None:
    """Return when quiet hours end, as written in the cases: UTC, to the minute."""
    end = quiet.ends_at(hours(written), ZoneInfo(zone), utc(now))
    if end is None:
        return None
    assert end.tzinfo is UTC
    return end.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("now", "end"),
    [
        pytest.param("2026-01-15 20:59:59", None, id="just before"),
        pytest.param("2026-01-15 21:00", "2026-01-16 06:00", id="begins"),
        pytest.param("2026-01-16 02:00", "2026-01-16 06:00", id="after midnight"),
        pytest.param("2026-01-16 05:59:59.999999", "2026-01-16 06:00", id="just before the end"),
        pytest.param("2026-01-16 06:00", None, id="ends"),
    ],
)
def test_night_lasts_from_start_to_end_by_the_zones_clock(now: str, end: str | None) -> None:
    assert quiet_until("Europe/Berlin", "22:00-07:00", now) == end


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-01-15 11:30", "2026-01-15 12:00"),
        ("2026-01-15 10:59", None),
        ("2026-01-15 23:00", None),
    ],
    ids=["within", "before", "at night"],
)
def test_hours_may_lie_within_one_day(now: str, end: str | None) -> None:
    assert quiet_until("Europe/Berlin", "12:00-13:00", now) == end


def test_start_at_end_means_none() -> None:
    assert quiet_until("Europe/Berlin", "07:00-07:00", "2026-01-15 06:00") is None
    assert quiet_until("Europe/Berlin", "00:00-00:00", "2026-01-14 23:00") is None


@pytest.mark.parametrize(
    ("zone", "now", "end"),
    [
        pytest.param("Asia/Kolkata", "2026-06-01 18:00", "2026-06-02 01:30", id="5 h 30"),
        pytest.param("Asia/Kathmandu", "2026-06-01 18:00", "2026-06-02 01:15", id="5 h 45"),
        pytest.param("Australia/Lord_Howe", "2026-06-01 12:00", "2026-06-01 20:30", id="10 h 30"),
        pytest.param("Australia/Lord_Howe", "2026-12-01 12:00", "2026-12-01 20:00", id="11 h"),
        pytest.param("Pacific/Kiritimati", "2026-06-01 12:00", "2026-06-01 17:00", id="14 h"),
    ],
)
def test_zones_off_the_full_hour_are_kept_to_the_minute(zone: str, now: str, end: str) -> None:
    assert quiet_until(zone, "22:00-07:00", now) == end


SPRING = [
    # Berlin skips 02:00 to 03:00 at 2026-03-29 01:00 UTC.
    ("Europe/Berlin", "22:00-07:00", "2026-03-28 21:00", "2026-03-29 05:00", "one hour shorter"),
    ("Europe/Berlin", "22:00-02:30", "2026-03-29 00:59", "2026-03-29 01:30", "end in the gap"),
    ("Europe/Berlin", "22:00-02:30", "2026-03-29 01:30", None, "end in the gap, over"),
    ("Europe/Berlin", "02:30-07:00", "2026-03-29 01:29", None, "start in the gap, not yet"),
    ("Europe/Berlin", "02:30-07:00", "2026-03-29 01:30", "2026-03-29 05:00", "start in the gap"),
    ("Europe/Berlin", "02:15-02:45", "2026-03-29 01:15", "2026-03-29 01:45", "both in the gap"),
    ("Europe/Berlin", "02:15-02:45", "2026-03-29 01:00", None, "both in the gap, not yet"),
    ("Europe/Berlin", "22:00-07:00", "2026-03-29 20:00", "2026-03-30 05:00", "the night after"),
    # New York skips 02:00 to 03:00 at 2026-03-08 07:00 UTC.
    ("America/New_York", "22:00-07:00", "2026-03-08 06:59", "2026-03-08 11:00", "before the gap"),
    ("America/New_York", "22:00-07:00", "2026-03-08 07:00", "2026-03-08 11:00", "after the gap"),
    ("America/New_York", "22:00-02:30", "2026-03-08 06:59", "2026-03-08 07:30", "end in the gap"),
    ("America/New_York", "02:30-07:00", "2026-03-08 07:30", "2026-03-08 11:00", "start in it"),
    # Lord Howe skips 02:00 to 02:30 at 2026-10-03 15:30 UTC.
    ("Australia/Lord_Howe", "22:00-02:15", "2026-10-03 15:29", "2026-10-03 15:45", "end, 30 min"),
    ("Australia/Lord_Howe", "02:15-07:00", "2026-10-03 15:45", "2026-10-03 20:00", "start, 30 min"),
]


@pytest.mark.parametrize(
    ("zone", "written", "now", "end"),
    [pytest.param(*case[:4], id=f"{case[0]}, {case[4]}") for case in SPRING],
)
def test_hour_that_spring_skips_counts_from_the_change_on(
    zone: str, written: str, now: str, end: str | None
) -> None:
    assert quiet_until(zone, written, now) == end


AUTUMN = [
    # Berlin repeats 02:00 to 03:00 from 2026-10-25 00:00 UTC, the second time from 01:00 UTC.
    ("Europe/Berlin", "22:00-07:00", "2026-10-24 20:00", "2026-10-25 06:00", "one hour longer"),
    ("Europe/Berlin", "22:00-02:30", "2026-10-25 00:15", "2026-10-25 00:30", "end, first pass"),
    ("Europe/Berlin", "22:00-02:30", "2026-10-25 01:15", None, "end, second pass"),
    ("Europe/Berlin", "02:30-07:00", "2026-10-25 00:30", "2026-10-25 06:00", "start, first pass"),
    ("Europe/Berlin", "02:30-07:00", "2026-10-25 01:15", "2026-10-25 06:00", "start, between"),
    ("Europe/Berlin", "02:15-02:45", "2026-10-25 00:30", "2026-10-25 00:45", "both, first pass"),
    ("Europe/Berlin", "02:15-02:45", "2026-10-25 01:30", None, "both, second pass"),
    # New York repeats 01:00 to 02:00 from 2026-11-01 05:00 UTC.
    ("America/New_York", "22:00-07:00", "2026-11-01 02:00", "2026-11-01 12:00", "longer"),
    ("America/New_York", "22:00-01:30", "2026-11-01 05:29", "2026-11-01 05:30", "end, first pass"),
    ("America/New_York", "22:00-01:30", "2026-11-01 06:29", None, "end, second pass"),
    ("America/New_York", "01:30-07:00", "2026-11-01 06:00", "2026-11-01 12:00", "start, between"),
    # Lord Howe repeats 01:30 to 02:00 from 2026-04-04 14:30 UTC.
    ("Australia/Lord_Howe", "22:00-01:45", "2026-04-04 14:44", "2026-04-04 14:45", "end, 30 min"),
    ("Australia/Lord_Howe", "22:00-01:45", "2026-04-04 15:10", None, "end, second pass, 30 min"),
    # St. John's put its clocks back one minute after midnight: 2010-11-07 02:31 UTC was 23:01 of
    # the day before, again; the quiet period of the 7th had begun at its midnight.
    ("America/St_Johns", "00:00-06:00", "2010-11-07 03:00", "2010-11-07 09:30", "over midnight"),
]


@pytest.mark.parametrize(
    ("zone", "written", "now", "end"),
    [pytest.param(*case[:4], id=f"{case[0]}, {case[4]}") for case in AUTUMN],
)
def test_hour_that_autumn_repeats_is_quiet_once(
    zone: str, written: str, now: str, end: str | None
) -> None:
    assert quiet_until(zone, written, now) == end


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2011-12-30 08:00", "2011-12-30 17:00"),
        ("2011-12-30 09:59", "2011-12-30 17:00"),
        ("2011-12-30 10:00", "2011-12-30 17:00"),
        ("2011-12-30 16:59", "2011-12-30 17:00"),
        ("2011-12-30 17:00", None),
        ("2011-12-31 08:00", "2011-12-31 17:00"),
    ],
    ids=["begins on the 29th", "before", "it is the 31st", "in the morning", "over", "next"],
)
def test_night_in_which_samoa_skipped_a_date_is_one_night(now: str, end: str | None) -> None:
    assert quiet_until("Pacific/Apia", "22:00-07:00", now) == end


def test_night_that_its_zone_joins_to_the_next_lasts_until_the_end_of_both() -> None:
    """The only time without quiet is 02:30 to 03:30, which began with the skipped hour."""
    end = quiet_until("America/New_York", "03:30-02:30", "2026-03-07 12:00")

    assert end == "2026-03-09 06:30"


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "Etc/GMT+12", "Asia/Calcutta"])
def test_zone_of_the_iana_database_is_found(name: str) -> None:
    assert quiet.zone(name) == ZoneInfo(name)


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "Mars/Phobos",
        "Europe",
        "Europe/",
        "/etc/localtime",
        "../etc/passwd",
        "../../etc/passwd",
        "Europe//Berlin",
        "//",
        "leapseconds",
        "Europe/Berlin\n",
        "Europe/Berlin\0",
        "Zürich",
        "\ud800",
        "A" * 64,
        "a/" * 1000 + "a",
        "A" * 100_000,
    ],
    ids=lambda name: ascii(name)[:24],
)
def test_name_of_no_zone_is_unknown(name: str | None) -> None:
    assert quiet.zone(name) is None


FROM_PACKAGE = f"""
import sys, zoneinfo
sys.path.append({str(FUNCTIONS)!r})
from firebell.core import quiet
assert zoneinfo.TZPATH == ()
assert quiet.zone("Australia/Lord_Howe")
for name in ("Mars/Phobos", "Europe", "", "a/" * 1000 + "a", "A" * 100_000):
    assert quiet.zone(name) is None, name
"""


def test_zones_are_known_without_the_systems_zone_data() -> None:
    command = [sys.executable, "-c", FROM_PACKAGE]

    done = subprocess.run(
        command, env={"PYTHONTZPATH": ""}, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
