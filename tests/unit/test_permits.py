from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import permits

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_window_is_a_minute_of_one_caller() -> None:
    windows = [
        permits.window(key, now=NOON + timedelta(seconds=after_s)).id
        for key in ("user:ada", "service:ada")
        for after_s in (0, 59.999, 60)
    ]

    assert windows[0] == windows[1]
    assert len(set(windows)) == 4


def test_window_is_over_at_the_next_whole_minute() -> None:
    window = permits.window("user:ada", now=NOON + timedelta(seconds=12.5))

    assert window.expire_at == NOON + timedelta(seconds=60)
    assert permits.wait_s(window, now=NOON + timedelta(seconds=12.5)) == 48
    assert permits.wait_s(window, now=NOON + timedelta(seconds=59.999)) == 1
    assert permits.wait_s(window, now=NOON + timedelta(seconds=60)) == 1


@pytest.mark.parametrize(("limit", "block"), [(1, 1), (39, 1), (40, 2), (600, 30)])
def test_block_is_a_twentieth_of_the_limit(limit: int, block: int) -> None:
    assert permits.block_of(limit) == block


@given(limit=st.integers(min_value=1, max_value=5_000))
def test_blocks_hold_exactly_the_limit_in_all(limit: int) -> None:
    block = permits.block_of(limit)
    blocks = [permits.within(limit, leased=block * n) for n in range(1, limit // block + 4)]

    assert sum(blocks) == limit
    assert min(blocks) == 0
