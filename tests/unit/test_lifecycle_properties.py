"""`lifecycle` over whole lives: whatever FCM answers, nobody is sent twice and nobody is lost."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from firebell.core import lifecycle, schema, settlement
from firebell.core.deliveries import Delivery, Outcome, Result, State, TryAgain
from firebell.core.model import Device
from tests.builders import NOW, a_delivery, a_device, a_fid, a_line, a_notification
from tests.unit.strategies import deliveries, devices, outcomes

ANOTHER = lifecycle.target_hash(a_fid(999))
LASTING = a_notification(ttl_s=None, expire_at=None)
UNFINISHED = {State.CLAIMED, State.WAITING}
phones = st.lists(devices, unique_by=lambda device: device.id, max_size=4).map(tuple)


def check(before: Delivery, after: Delivery) -> None:
    """Assert what holds for every move of a delivery."""
    assert set(before.devices) <= set(after.devices)
    assert (after.due_at is None) is (after.state not in UNFINISHED)
    for device_id, line in before.devices.items():
        if line.result is not Result.WAITING:
            assert after.devices[device_id] == line


@given(st.data())
def test_no_attempt_loses_a_line_or_sends_twice(
    data: st.DataObject,
) -> None:
    delivery: Delivery | None = lifecycle.claim("ada", "n1", source="inbox", now=NOW)
    now = NOW

    while delivery is not None and delivery.attempt < 4:
        owed = lifecycle.owed(delivery, data.draw(phones), now=now)
        for device in owed if delivery.devices else ():
            line = delivery.devices[device.id]
            assert line.result is Result.WAITING
            assert line.retry_at is None or line.retry_at <= now
        tried = {device: data.draw(outcomes) for device in owed}
        settled = settlement.conclude(delivery, LASTING, tried, now=now, jitter=0.5)
        check(delivery, settled)
        assert {device.id for device in tried} <= set(settled.devices)
        now = settled.due_at or now
        delivery = lifecycle.take_over(settled, now=now)


@given(deliveries, st.sampled_from(("drop", "give up", "reject")))
def test_no_end_loses_a_line_or_leaves_one_waiting(before: Delivery, end: str) -> None:
    ends = {
        "drop": lambda: lifecycle.drop(before, "expired"),
        "give up": lambda: lifecycle.give_up(before),
        "reject": lambda: lifecycle.reject(before, field="title", problem="x"),
    }

    ended = ends[end]()

    check(before, ended)
    assert Result.WAITING not in {line.result for line in ended.devices.values()}


@given(phones, st.lists(st.sampled_from(Result), min_size=4))
def test_exactly_the_devices_that_wait_are_owed_whatever_their_targets_are_now(
    found: tuple[Device, ...], results: list[Result]
) -> None:
    known = list(zip(found, results, strict=False))
    lines = {device.id: a_line(result=result, target_hash=ANOTHER) for device, result in known}

    owed = lifecycle.owed(a_delivery(devices=lines), found, now=NOW)

    assert owed == tuple(device for device, result in known if result is Result.WAITING)


@given(
    tries=st.integers(min_value=1, max_value=31),
    after_s=st.none() | st.floats(min_value=0, max_value=86_400),
    jitter=st.floats(min_value=0, max_value=1, exclude_max=True),
)
def test_next_try_never_comes_before_retry_after(
    tries: int, after_s: float | None, jitter: float
) -> None:
    asked = TryAgain(code="UNAVAILABLE", after_s=after_s)

    at = settlement.next_try(tries, asked, now=NOW, jitter=jitter)

    assert at >= NOW + timedelta(seconds=max(5, after_s or 0))


@given(
    answers=st.lists(outcomes, max_size=4),
    tries=st.integers(min_value=1, max_value=9),
    spent_s=st.floats(min_value=0, max_value=60),
    jitter=st.floats(min_value=0, max_value=1, exclude_max=True),
)
def test_wait_in_place_stays_within_its_budget(
    answers: list[Outcome], tries: int, spent_s: float, jitter: float
) -> None:
    tried = {a_device(number): answer for number, answer in enumerate(answers)}

    wait_s = settlement.wait_in_place(tried, tries=tries, spent_s=spent_s, jitter=jitter)

    if wait_s is not None:
        assert 0.5 <= wait_s <= schema.IN_PLACE_BUDGET_S - spent_s
        assert settlement.hopeful(tried)
