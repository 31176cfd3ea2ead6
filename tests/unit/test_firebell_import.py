"""The rules of `firebell-import`, and what they share with the functions without sharing code."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from firebell.core import importing, schema
from firebell_import import lines, pace, tally, upload
from firebell_import.errors import Misconfigured
from firebell_import.pace import Pace
from firebell_import.progress import Progress
from firebell_import.tally import Tally
from firebell_import.upload import Answer
from tests.builders import NOW

URL = "https://shop-prod.web.app"


@dataclass(slots=True)
class Watch:
    """A clock that moves when somebody waits."""

    now_s: float = 1_000.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def test_what_both_sides_check_is_the_same() -> None:
    assert lines.LEGACY_TOKEN.pattern == schema.LEGACY_TOKEN.pattern
    assert lines.MAX_LABEL_CHARACTERS == schema.MAX_LABEL_CHARS
    assert pace.MAX_LINES == schema.MAX_IMPORT_LINES
    assert set(tally._WORDS) | {"notReached"} == set(get_args(importing.Result))
    assert upload.PATH == "/v1/devices:import"


@pytest.mark.parametrize("uid", ["17", "a b", "ädä", "x" * 128, "__a", "..."])
def test_uid_that_firebell_takes_is_sent(uid: str) -> None:
    assert isinstance(lines.line(found(uid)), bytes)


@pytest.mark.parametrize("uid", ["", "a/b", ".", "..", "__a__", "x" * 129, "a\nb", 17])
def test_uid_that_firebell_refuses_is_not_sent(uid: object) -> None:
    assert lines.line(found(uid)) == lines.NO_UID


def found(uid: object) -> lines.Found:
    return lines.Found(
        uid=uid,
        target="t" * 40,
        platform="android",
        is_active=True,
        created_at=NOW,
        label="📱" * 200,
        origin="fcm-django",
    )


def test_line_is_one_that_firebell_takes() -> None:
    line = lines.line(found("17"))

    assert isinstance(line, bytes)
    entry = importing.entry(line, now=NOW)
    assert (entry.uid, entry.device.label) == ("17", "📱" * 100)
    assert entry.device.imported_from == "fcm-django"


def test_first_calls_write_500_a_second() -> None:
    watch = Watch()
    paced = Pace(watch, watch.sleep)
    written = 0

    while watch.now_s < 1_060:
        paced.wait()
        count = pace.WRITES_PER_LINE * paced.lines()
        paced.wrote(count)
        written += count

    assert 60 * 498 <= written <= 62 * 500


def test_pace_grows_by_half_every_five_minutes_up_to_a_whole_call() -> None:
    watch = Watch()
    paced = Pace(watch, watch.sleep)
    paced.wait()

    calls = []
    for _ in range(6):
        calls.append(paced.lines())
        watch.sleep(300)

    assert calls == [166, 250, 375, 500, 500, 500]


def test_pace_of_days_is_still_a_number() -> None:
    watch = Watch()
    paced = Pace(watch, watch.sleep)
    paced.wait()
    watch.sleep(90 * 86_400)
    paced.wrote(1_500)
    paced.wait()

    assert paced.lines() == 500


def test_what_wrote_nothing_is_not_waited_for() -> None:
    watch = Watch()
    paced = Pace(watch, watch.sleep)

    for _ in range(1_000):
        paced.wait()
        paced.wrote(0)

    assert watch.now_s == 1_000.0


def test_progress_goes_on_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    first = Progress(path, url=URL)
    first.note("fcm-django", "500")
    first.note("fcm-django", "1000")

    second = Progress(path, url=URL)
    assert (first.is_begun, second.is_begun) == (True, True)
    assert (second.last("fcm-django"), second.last("other")) == ("1000", None)

    second.finish()
    assert not Progress(path, url=URL).is_begun
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"done": 5, "url": ""}', json.dumps({"url": "x", "done": {}})]
)
def test_file_that_is_no_progress_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(content)

    with pytest.raises(Misconfigured, match=r"state\.json"):
        Progress(path, url=URL)


def test_report_lists_no_more_than_twenty_rows() -> None:
    counted = Tally("fcm-django")
    for number in range(30):
        counted.answer(str(number), Answer(result="refused", field="uid", problem="is full"))

    said = list(counted.report())

    assert said[:3] == [
        "fcm-django: 30 rows",
        "        30 refused by Firebell",
        "  row 0: uid: is full",
    ]
    assert len(said) == 2 + 20 + 1
    assert counted.needs_a_look
