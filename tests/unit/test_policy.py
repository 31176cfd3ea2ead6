from datetime import timedelta

import pytest

from firebell.core import policy
from firebell.core.deliveries import Drop, Send, Skipped
from firebell.core.model import DeviceState, Notification, Recipient
from tests.builders import NOW, a_device, a_notification, a_recipient


def test_active_devices_get_the_notification() -> None:
    phone, browser = a_device(1), a_device(2, platform="web")

    decision = policy.decide(a_notification(), a_recipient(phone, browser), now=NOW)

    assert decision == Send(devices=(phone, browser))


@pytest.mark.parametrize("state", ["quarantined", "disabled"])
def test_device_that_is_not_active_gets_nothing(state: DeviceState) -> None:
    phone, tablet = a_device(1), a_device(2, state=state)

    decision = policy.decide(a_notification(), a_recipient(phone, tablet), now=NOW)

    assert decision == Send(devices=(phone,))


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
        pytest.param(a_notification(), a_recipient(devices={}), "no_device", id="no device left"),
        pytest.param(
            a_notification(),
            a_recipient(a_device(state="quarantined")),
            "no_device",
            id="only a quarantined device",
        ),
        pytest.param(
            a_notification(push=False, expire_at=NOW),
            a_recipient(devices={}, erased_at=NOW),
            "erased",
            id="erasure goes before all else",
        ),
    ],
)
def test_refusal_has_a_documented_reason(
    notification: Notification, recipient: Recipient | None, reason: str
) -> None:
    decision = policy.decide(notification, recipient, now=NOW)

    assert decision == Drop(reason=reason)
    assert reason in policy.REASONS


def test_notification_without_end_or_with_a_later_one_is_sent() -> None:
    endless = a_notification(expire_at=None)
    ending = a_notification(expire_at=NOW + timedelta(seconds=1))

    assert isinstance(policy.decide(endless, a_recipient(), now=NOW), Send)
    assert isinstance(policy.decide(ending, a_recipient(), now=NOW), Send)


def test_silent_notification_skips_browsers_with_a_reason() -> None:
    phone, browser = a_device(1), a_device(2, platform="web")
    silent = a_notification(title=None, body=None)

    decision = policy.decide(silent, a_recipient(phone, browser), now=NOW)

    skipped = Skipped(reason="silent_web")
    assert decision == Send(devices=(phone,), skipped={browser: skipped})


def test_no_reason_is_documented_that_is_never_given() -> None:
    given = {"no_recipient", "erased", "push_off", "expired", "no_device", "silent_web"}

    assert set(policy.REASONS) == given
