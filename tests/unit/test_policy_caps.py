from datetime import UTC, datetime, timedelta

import pytest

from firebell.core import policy
from firebell.core.model import Cap, Notification, Runtime
from tests.builders import NOW, a_bare_notification

NEWS = Cap(category="news", most=3, window_s=3600)
OTHERS = Cap(category="default", most=20, window_s=86_400)
CAPS = Runtime(caps={"news": NEWS, "default": OTHERS})


@pytest.mark.parametrize(
    ("category", "cap"), [("news", NEWS), ("chat", OTHERS), (None, OTHERS)], ids=repr
)
def test_cap_is_the_categorys_own_or_the_default(category: str | None, cap: Cap) -> None:
    assert policy.cap_of(a_bare_notification(category=category), CAPS) == cap


def test_nothing_is_capped_unless_an_operator_says_so() -> None:
    assert policy.cap_of(a_bare_notification(category="news"), Runtime()) is None
    assert policy.cap_of(a_bare_notification(), Runtime(caps={"news": NEWS})) is None


@pytest.mark.parametrize(
    "notification",
    [
        pytest.param(a_bare_notification(category="news", urgent=True), id="urgent"),
        pytest.param(a_bare_notification(category="news", validate_only=True), id="dry run"),
        pytest.param(a_bare_notification(category="news", body=None), id="silent"),
    ],
)
def test_what_is_not_counted_is_not_capped(notification: Notification) -> None:
    assert policy.cap_of(notification, CAPS) is None


def test_pushes_of_one_window_share_a_counter_that_goes_with_it() -> None:
    first, last = (
        policy.counter("ada", NEWS, now=datetime(2026, 3, 1, 9, *at, tzinfo=UTC))
        for at in ((0, 0), (59, 59))
    )

    assert first == last
    assert first.expire_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_counters_differ_by_user_category_length_and_window() -> None:
    day = Cap(category="news", most=3, window_s=86_400)
    counters = [
        policy.counter("ada", NEWS, now=NOW),
        policy.counter("grace", NEWS, now=NOW),
        policy.counter("ada", OTHERS, now=NOW),
        policy.counter("ada", day, now=NOW),
        policy.counter("ada", NEWS, now=NOW + timedelta(hours=1)),
        policy.counter('ada", "news', NEWS, now=NOW),
    ]

    assert len({counter.id for counter in counters}) == len(counters)


def test_counter_survives_a_higher_cap() -> None:
    """Else raising a cap in the middle of a window would forget what was sent in it."""
    raised = Cap(category="news", most=5, window_s=3600)

    assert policy.counter("ada", raised, now=NOW) == policy.counter("ada", NEWS, now=NOW)
