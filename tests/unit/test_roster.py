from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import roster
from firebell.core.model import Device
from firebell.core.roster import Placement, Revision
from tests.builders import NOW, a_device, a_fid, a_legacy_token

SEEN_NOW: dict[str, Any] = {"created_at": NOW, "last_seen_at": NOW}


def held(*devices: Device) -> dict[str, Device]:
    return {device.id: device for device in devices}


def twenty() -> dict[str, Device]:
    """Return a full house; number 7 was not seen for longest."""
    return held(
        *(a_device(n, last_seen_at=NOW - timedelta(days=60 if n == 7 else n)) for n in range(1, 21))
    )


def test_first_device_is_placed_as_it_comes() -> None:
    assert roster.place({}, a_device()) == Placement(device=a_device())


def test_twenty_first_device_evicts_the_one_not_seen_longest() -> None:
    newest = a_device(21, **SEEN_NOW)

    placement = roster.place(twenty(), newest)

    assert placement == Placement(device=newest, evicted=(twenty()[a_device(7).id],))


def test_known_device_evicts_nobody_from_a_full_house() -> None:
    placement = roster.place(twenty(), a_device(7, **SEEN_NOW))

    assert placement.evicted == ()


def test_overfull_house_shrinks_to_twenty() -> None:
    crowd = held(*(a_device(n, last_seen_at=NOW - timedelta(days=n)) for n in range(1, 24)))

    placement = roster.place(crowd, a_device(99, **SEEN_NOW))

    assert [device.id for device in placement.evicted] == [a_device(n).id for n in (23, 22, 21, 20)]


def test_fid_replaces_the_legacy_token_of_its_installation() -> None:
    before = a_device(target=a_legacy_token())

    placement = roster.place(held(before), a_device(**SEEN_NOW))

    assert placement.device.target == a_fid()
    assert placement.replaced == before
    assert placement.evicted == ()


def test_same_target_replaces_nothing() -> None:
    placement = roster.place(held(a_device()), a_device(app_version="4.0", **SEEN_NOW))

    assert placement.replaced is None
    assert not placement.is_unchanged


def test_new_call_keeps_what_it_leaves_out() -> None:
    bare = a_device(locale=None, timezone=None, app_version=None, label=None, **SEEN_NOW)

    placement = roster.place(held(a_device()), bare)

    assert placement.device == a_device(last_seen_at=NOW)


def test_new_call_changes_what_it_says() -> None:
    said = a_device(
        platform="web", locale="tr", timezone="Asia/Tokyo", app_version="4.0", label="Chrome"
    )

    placement = roster.place(held(a_device()), said)

    assert placement.device == said


@pytest.mark.parametrize(
    ("seen_before", "is_unchanged"),
    [
        (timedelta(0), True),
        (timedelta(hours=23, minutes=59), True),
        (timedelta(hours=24), False),
        (timedelta(hours=-1), True),
    ],
    ids=["now", "within a day", "a day ago", "clock went back"],
)
def test_heartbeat_is_written_once_a_day(seen_before: timedelta, is_unchanged: bool) -> None:
    known = a_device(last_seen_at=NOW - seen_before)

    placement = roster.place(held(known), a_device(**SEEN_NOW))

    assert placement.is_unchanged is is_unchanged
    assert placement.device.last_seen_at == (known.last_seen_at if is_unchanged else NOW)


def test_quarantined_device_comes_back_by_registering() -> None:
    quarantined = roster.quarantine(a_device(last_seen_at=NOW))

    placement = roster.place(held(quarantined), a_device(**SEEN_NOW))

    assert quarantined == a_device(last_seen_at=NOW, state="quarantined", reason="target_refused")
    assert (placement.device.state, placement.device.reason) == ("active", None)
    assert not placement.is_unchanged


ARRIVALS = st.lists(
    st.tuples(st.integers(1, 30), st.booleans(), st.integers(0, 10_000)), max_size=80
)


@given(ARRIVALS)
def test_house_never_overflows_doubles_or_turns_a_newcomer_away(
    arrivals: list[tuple[int, bool, int]],
) -> None:
    house: dict[str, Device] = {}

    for number, is_legacy, minutes in arrivals:
        target = a_legacy_token(number) if is_legacy else a_fid(number)
        seen_at = NOW + timedelta(minutes=minutes)
        newcomer = a_device(number, target=target, created_at=seen_at, last_seen_at=seen_at)
        placement = roster.place(house, newcomer)
        assert newcomer.id not in {device.id for device in placement.evicted}
        house[placement.device.id] = placement.device
        house = {i: d for i, d in house.items() if d not in placement.evicted}

        assert house[newcomer.id].target == newcomer.target
        assert len(house) <= 20
        assert len({d.target.value.partition(":")[0] for d in house.values()}) == len(house)


def test_legacy_token_is_owned_under_its_installation_too() -> None:
    by_fid = roster.ownership_keys(a_device())
    by_legacy_token = roster.ownership_keys(a_device(target=a_legacy_token()))

    assert by_fid == {"e971282076f473dd46657b5e5d66b48be04eee7a117edbae131d94bc617a9916"}
    assert by_fid < by_legacy_token
    assert len(by_legacy_token) == 2


def test_ownership_keys_of_many_are_those_of_each() -> None:
    one, two = a_device(1), a_device(2, target=a_legacy_token(2))

    keys = roster.all_ownership_keys([one, two])

    assert keys == roster.ownership_keys(one) | roster.ownership_keys(two)
    assert roster.all_ownership_keys([]) == frozenset()


def test_holder_of_an_ownership_key_is_found() -> None:
    mine, other = a_device(1, target=a_legacy_token(1)), a_device(2)

    found = roster.holding(held(mine, other), roster.ownership_keys(a_device(1)))

    assert found == (mine,)


def test_oldest_seen_is_a_date() -> None:
    assert roster.oldest_seen_on(twenty().values()) == "2025-12-31"
    assert roster.oldest_seen_on([]) is None


def test_only_devices_with_the_same_target_are_settled() -> None:
    kept = a_device(1, label="renamed meanwhile")
    moved = a_device(2, target=a_legacy_token(2))
    doubted = a_device(4, label="renamed, too")
    found = held(kept, moved, doubted)

    revision = roster.settle(
        found, gone=[a_device(1), a_device(2), a_device(3)], suspect=[a_device(2), a_device(4)]
    )

    assert revision == Revision(removed=(kept,), changed=(roster.quarantine(doubted),))


@pytest.mark.parametrize(
    ("seen", "is_stale"),
    [
        (datetime(2026, 1, 29, 23, 59, tzinfo=UTC), True),
        (datetime(2026, 1, 30, 0, 0, tzinfo=UTC), False),
    ],
    ids=["the day before", "thirty days ago"],
)
def test_device_is_stale_after_whole_days_unseen(seen: datetime, is_stale: bool) -> None:
    assert roster.is_stale(a_device(last_seen_at=seen), now=NOW, days=30) is is_stale


@given(st.lists(st.integers(min_value=0, max_value=60), min_size=1, max_size=8))
def test_recipient_is_found_exactly_when_a_device_is_stale(ages: list[int]) -> None:
    found = [a_device(n, last_seen_at=NOW - timedelta(days=age)) for n, age in enumerate(ages)]
    oldest = roster.oldest_seen_on(found)

    assert oldest is not None
    assert (oldest < roster.seen_before(NOW, days=30)) is any(
        roster.is_stale(device, now=NOW, days=30) for device in found
    )


def test_pruning_removes_what_was_not_seen_and_nothing_else() -> None:
    seen, unseen = (a_device(n, last_seen_at=NOW - timedelta(days=269 + n)) for n in (1, 2))

    assert roster.prune(held(seen, unseen), now=NOW, days=270) == Revision(removed=(unseen,))


def test_only_quarantined_devices_that_are_named_are_restored() -> None:
    quarantined, another = roster.quarantine(a_device(1)), roster.quarantine(a_device(2))
    disabled = a_device(3, state="disabled", reason="signed_out")
    found = held(quarantined, another, disabled, a_device(4))

    revision = roster.restore(found, device_ids={d.id for d in found.values() if d != another})

    assert revision == Revision(changed=(a_device(1),))


def test_topics_stay_with_the_target_that_is_in_them() -> None:
    known = a_device(1, topics=("a",))

    same = roster.place(held(known), a_device(1, topics=("b",), label="new"))
    other = roster.place(held(known), a_device(1, target=a_legacy_token(1)))

    assert same.device.topics == ("a", "b")
    assert other.device.topics == ()
    assert (same.left, other.left) == ((), (known,))


@pytest.mark.parametrize(
    ("now", "is_removed"),
    [
        ({}, True),
        ({"state": "active", "reason": None}, False),
        ({"target": a_fid(2)}, False),
    ],
    ids=["still set aside", "active again", "another target"],
)
def test_doubted_device_is_removed_unless_it_came_back(
    now: dict[str, Any], is_removed: bool
) -> None:
    doubted = a_device(state="quarantined", reason="target_refused")
    found = replace(doubted, **now)

    revision = roster.remove_doubted({doubted.id: found}, device=doubted)

    assert revision == (Revision(removed=(found,)) if is_removed else Revision())


def test_doubted_device_that_left_is_not_removed_again() -> None:
    assert roster.remove_doubted({}, device=a_device(state="quarantined")) == Revision()
