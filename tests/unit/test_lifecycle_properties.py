"""`lifecycle` over whole lives: whatever FCM answers, nobody is sent twice and nobody is lost."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from firebell.core import lifecycle, settlement
from firebell.core.deliveries import Delivery, Outcome, Result, State, TryAgain
from firebell.core.model import Device
from tests.builders import NOW, a_delivery, a_device, a_fid, a_line
from tests.unit.strategies import deliveries, devices, outcomes

OTHER = a_fid(999)
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
def test_no_attempt_loses_a_line_sends_twice_or_follows_a_device_that_changed(
    data: st.DataObject,
) -> None:
    delivery: Delivery | None = lifecycle.claim("ada", "n1", source="inbox", now=NOW)

    while delivery is not None and delivery.attempt < 4:
        owed = lifecycle.owed(delivery, data.draw(phones))
        for device in owed if delivery.devices else ():
            line = delivery.devices[device.id]
            assert line.result is Result.WAITING
            assert line.target_hash == lifecycle.target_hash(device.target)
        tried = {device: data.draw(outcomes) for device in owed}
        settled = settlement.settle(delivery, tried, retry_at=NOW + timedelta(minutes=1))
        check(delivery, settled)
        assert {device.id for device in tried} <= set(settled.devices)
        delivery = lifecycle.take_over(settled, now=NOW + timedelta(minutes=1))


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


@given(phones, st.lists(st.tuples(st.sampled_from(Result), st.booleans()), min_size=4))
def test_exactly_the_devices_that_wait_with_the_same_target_are_owed(
    found: tuple[Device, ...], lines: list[tuple[Result, bool]]
) -> None:
    known = list(zip(found, lines, strict=False))
    delivery = a_delivery(
        devices={
            device.id: a_line(
                result=result,
                target_hash=lifecycle.target_hash(device.target if is_same else OTHER),
            )
            for device, (result, is_same) in known
        }
    )

    owed = lifecycle.owed(delivery, found)

    assert owed == tuple(d for d, line in known if line == (Result.WAITING, True))


@given(
    attempt=st.integers(min_value=1, max_value=31),
    answers=st.lists(outcomes, max_size=4),
    jitter=st.floats(min_value=0, max_value=1, exclude_max=True),
)
def test_next_try_never_comes_before_retry_after(
    attempt: int, answers: list[Outcome], jitter: float
) -> None:
    tried = {a_device(number): answer for number, answer in enumerate(answers)}

    at = settlement.next_try(a_delivery(attempt=attempt), tried, now=NOW, jitter=jitter)

    assert at >= NOW + timedelta(seconds=5)
    for answer in answers:
        if isinstance(answer, TryAgain) and answer.after_s is not None:
            assert at >= NOW + timedelta(seconds=answer.after_s)
