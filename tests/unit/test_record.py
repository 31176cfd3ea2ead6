from datetime import time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import calls, record
from firebell.core.deliveries import Delivery, State
from firebell.core.model import Device, Preference, QuietHours, Recipient, Target, UserSettings
from tests.builders import (
    NOW,
    a_delivery,
    a_device,
    a_fid,
    a_legacy_token,
    a_line,
    a_recipient,
    a_registration,
)
from tests.unit.strategies import deliveries, devices, targets

DEVICE = {
    "target": {"kind": "fid", "value": "c000000000000000000001"},
    "platform": "android",
    "createdAt": NOW - timedelta(days=90),
    "lastSeenAt": NOW - timedelta(days=2),
    "state": "active",
    "reason": None,
    "locale": "de-AT",
    "timezone": "Europe/Vienna",
    "appVersion": "3.2.1",
    "label": "Pixel 9",
}


def test_device_is_written_under_its_wire_names() -> None:
    assert record.device_document(a_device()) == DEVICE


def test_imported_device_says_where_it_came_from() -> None:
    document = record.device_document(a_device(imported_from="fcm-django"))

    assert document == {**DEVICE, "importedFrom": "fcm-django"}
    assert record.device_from("d", document).imported_from == "fcm-django"


def test_recipient_is_read_with_its_devices() -> None:
    document = {"devices": {"c000000000000000000001": DEVICE}, "partition": 7}

    assert record.recipient_from("ada", document) == a_recipient()


@pytest.mark.parametrize(
    ("document", "recipient"),
    [
        ({"partition": 7}, Recipient(uid="ada")),
        ({"devices": None}, Recipient(uid="ada")),
        ({"erasedAt": NOW}, Recipient(uid="ada", erased_at=NOW)),
    ],
    ids=["never registered", "null", "erased"],
)
def test_recipient_without_devices_is_read(document: dict[str, Any], recipient: Recipient) -> None:
    assert record.recipient_from("ada", document) == recipient


@pytest.mark.parametrize(
    ("target", "kind"), [(a_fid(), "fid"), (a_legacy_token(), "legacyToken")], ids=["FID", "legacy"]
)
def test_target_is_written_as_on_the_wire(target: Target, kind: str) -> None:
    assert record.target_document(target) == {"kind": kind, "value": target.value}


def test_due_delivery_is_written_under_its_wire_names() -> None:
    delivery = a_delivery(devices={"c000000000000000000001": a_line()})

    assert record.delivery_document(delivery, due_shard=3) == {
        "uid": "ada",
        "notificationId": "n1",
        "source": "inbox",
        "state": "claimed",
        "attempt": 1,
        "deferrals": 0,
        "cutOff": 0,
        "countsFrom": None,
        "createdAt": NOW,
        "dueAt": NOW + timedelta(minutes=2),
        "dueShard": 3,
        "expireAt": NOW + timedelta(days=30, minutes=2),
        "reason": None,
        "field": None,
        "problem": None,
        "devices": {
            "c000000000000000000001": {
                "platform": "android",
                "targetHash": ("e971282076f473dd46657b5e5d66b48be04eee7a117edbae131d94bc617a9916"),
                "outcome": "accepted",
                "messageName": "projects/demo-firebell/messages/0:1",
                "code": None,
                "reason": None,
                "tries": 0,
                "retryAt": None,
            }
        },
    }


def test_finished_delivery_is_not_due_and_lives_thirty_days() -> None:
    finished = a_delivery(state=State.DONE, due_at=None)

    document = record.delivery_document(finished, due_shard=3)

    assert {"dueAt", "dueShard"}.isdisjoint(document)
    assert document["expireAt"] == NOW + timedelta(days=30)


def test_no_target_reaches_the_delivery() -> None:
    delivery = a_delivery(devices={"a": a_line()})

    assert a_fid().value not in str(record.delivery_document(delivery, due_shard=0))


def test_registered_device_is_read_back_as_it_was_parsed() -> None:
    device = calls.device_registration(a_registration(), now=NOW)

    assert record.device_from(device.id, record.device_document(device)) == device


@given(devices)
def test_any_device_is_read_back_as_written(device: Device) -> None:
    assert record.device_from(device.id, record.device_document(device)) == device


@given(targets)
def test_any_target_is_parsed_as_written(target: Target) -> None:
    assert calls.target(record.target_document(target)) == target


@given(deliveries, st.integers(min_value=0, max_value=9))
def test_any_delivery_is_read_back_as_written(delivery: Delivery, due_shard: int) -> None:
    document = record.delivery_document(delivery, due_shard=due_shard)

    assert record.delivery_from(delivery.id, document) == delivery


@pytest.mark.parametrize(
    "settings",
    [
        UserSettings(),
        UserSettings(
            preferences={"news": Preference(push=False), "default": Preference(inbox=False)},
            quiet_hours=QuietHours(start=time(22), end=time(7, 30), timezone="Europe/Vienna"),
            locale="de-AT",
        ),
    ],
    ids=["none", "all"],
)
def test_settings_come_back_as_they_were_written(settings: UserSettings) -> None:
    assert record.settings_from(record.settings_document(settings)) == settings


def test_topics_of_a_recipient_and_of_a_device_are_read_back() -> None:
    device = a_device(topics=("a", "b"))
    document = {"topics": ["b"], "devices": {device.id: record.device_document(device)}}

    recipient = record.recipient_from("ada", document)

    assert (recipient.topics, recipient.devices[device.id]) == (("b",), device)
    assert "topics" not in record.device_document(a_device())
