import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebell.core import importing
from firebell.core.importing import FULL, Admission, Answer, Entry
from firebell.core.model import Device, Fid, LegacyToken
from firebell.errors import InvalidRequest
from tests.builders import NOW, a_device, a_legacy_token

FID = "c" + "a" * 21
LEGACY = f"{FID}:{'b' * 60}"
LINE: dict[str, Any] = {"uid": "ada", "legacyToken": LEGACY, "platform": "android"}


def entry(**fields: Any) -> Entry:
    return importing.entry(json.dumps({**LINE, **fields}).encode(), now=NOW)


def wanted(number: int, *, is_dated: bool = True, **fields: Any) -> Entry:
    device = a_device(number, imported_from="fcm-django", **fields)
    return Entry(uid="ada", device=device, is_dated=is_dated)


def held(*devices: Device) -> dict[str, Device]:
    return {device.id: device for device in devices}


def twenty(**fields: Any) -> dict[str, Device]:
    """Return a full house: number n was created n days ago."""
    numbers = range(1, 21)
    return held(*(a_device(n, created_at=NOW - timedelta(days=n), **fields) for n in numbers))


def test_line_with_the_least_is_an_active_device_seen_now() -> None:
    assert entry() == Entry(
        uid="ada",
        device=Device(
            id=FID,
            target=LegacyToken(value=LEGACY),
            platform="android",
            created_at=NOW,
            last_seen_at=NOW,
            imported_from="import",
        ),
        is_dated=False,
    )


def test_line_with_everything_is_read() -> None:
    found = entry(
        legacyToken=None,
        target={"kind": "fid", "value": FID},
        createdAt="2020-02-29T12:00:00+02:00",
        active=False,
        importedFrom="fcm-django",
        label="Ada 📱",
        locale="de-AT",
        timezone="Europe/Vienna",
        appVersion="1.2",
    )

    assert found.is_dated
    assert found.device == Device(
        id=FID,
        target=Fid(value=FID),
        platform="android",
        created_at=datetime(2020, 2, 29, 10, tzinfo=UTC),
        last_seen_at=NOW,
        state="disabled",
        reason="imported_inactive",
        locale="de-AT",
        timezone="Europe/Vienna",
        app_version="1.2",
        label="Ada 📱",
        imported_from="fcm-django",
    )


def test_device_created_in_the_future_counts_as_created_now() -> None:
    assert entry(createdAt="2100-01-01T00:00:00Z").device.created_at == NOW


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"uid": "a/b"}, "uid"),
        ({"legacyToken": LEGACY + " "}, "target.value"),
        ({"legacyToken": "short"}, "target.value"),
        ({"legacyToken": None}, "target"),
        ({"target": {"kind": "fid", "value": FID}}, "legacyToken"),
        ({"platform": "windows"}, "platform"),
        ({"createdAt": "2020-01-01T00:00:00"}, "createdAt"),
        ({"createdAt": 5}, "createdAt"),
        ({"active": "yes"}, "active"),
        ({"label": "x" * 101}, "label"),
        ({LEGACY: 1}, "line"),
        ({"legacyToken": None, "target": {"kind": "fid", LEGACY: 1}}, "line"),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_field_that_does_not_fit_is_named_and_never_its_value(
    fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        entry(**fields)

    assert refused.value.field == field
    assert FID not in str(refused.value)


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"\xff", b"[]", b"null", b"[" * 100_000, b'{"a": NaN}'],
    ids=["empty", "cut", "no UTF-8", "list", "null", "deep", "unknown"],
)
def test_what_is_no_object_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        importing.entry(line, now=NOW)

    assert refused.value.field == "line"


@given(st.binary())
def test_any_bytes_are_an_entry_or_refused_by_a_known_name(line: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        importing.entry(line, now=NOW)

    assert refused.value.field in {"line", "uid"}


def test_device_is_added_while_there_is_room() -> None:
    assert importing.admit({}, wanted(1)) == Admission(device=wanted(1).device)


def test_device_that_registered_itself_never_gives_way() -> None:
    newest = wanted(21, created_at=NOW)

    assert importing.admit(twenty(), newest) == FULL


def test_oldest_imported_device_gives_way_to_a_newer_one() -> None:
    full = twenty(imported_from="fcm-django")
    newest = wanted(21, created_at=NOW)

    found = importing.admit(full, newest)

    assert found == Admission(device=newest.device, evicted=(full[a_device(20).id],))
    assert found.left == found.evicted


def test_inactive_device_gives_way_first() -> None:
    full = twenty(imported_from="fcm-django")
    off = a_device(3)
    full[off.id] = replace(full[off.id], state="disabled")

    found = importing.admit(full, wanted(21, created_at=NOW - timedelta(days=900)))

    assert isinstance(found, Admission)
    assert [device.id for device in found.evicted] == [off.id]


@pytest.mark.parametrize(
    "late",
    [
        wanted(21, created_at=NOW - timedelta(days=21)),
        wanted(21, created_at=NOW, state="disabled"),
        wanted(21, created_at=NOW, is_dated=False),
    ],
    ids=["older", "inactive", "of no date"],
)
def test_full_house_refuses_what_is_worth_less(late: Entry) -> None:
    assert importing.admit(twenty(imported_from="fcm-django"), late) == FULL


@pytest.mark.parametrize(
    ("before", "after", "stays"),
    [
        ({}, {"created_at": NOW}, "new"),
        ({"state": "disabled"}, {}, "new"),
        ({}, {}, "old"),
        ({}, {"state": "disabled", "created_at": NOW}, "old"),
        ({"imported_from": None}, {"created_at": NOW}, "old"),
    ],
    ids=["newer", "active instead of inactive", "same age", "inactive", "registered itself"],
)
def test_newer_target_of_an_imported_installation_replaces_the_older(
    before: dict[str, Any], after: dict[str, Any], stays: str
) -> None:
    known = replace(a_device(1, imported_from="fcm-django"), **before)
    newer = wanted(1, target=a_legacy_token(), **after)

    found = importing.admit(held(known), newer)

    if stays == "new":
        assert found == Admission(device=newer.device, replaced=known)
        assert found.left == (known,)
    else:
        assert found == Answer(result="known")


@given(st.permutations(range(30)))
def test_the_same_devices_stay_whatever_the_order(order: list[int]) -> None:
    def run(devices: dict[str, Device]) -> dict[str, Device]:
        for number in order:
            entry = wanted(number, created_at=NOW - timedelta(days=number))
            if entry.device.id in devices:
                continue
            found = importing.admit(devices, entry)
            if isinstance(found, Admission):
                left = {id: d for id, d in devices.items() if d not in found.evicted}
                devices = {**left, found.device.id: found.device}
        return devices

    once = run({})

    assert set(once) == {a_device(number).id for number in range(20)}
    assert run(once) == once


def test_device_as_it_is_here_differs_in_nothing() -> None:
    here = held(a_device(1))

    assert importing.differences(wanted(1), {"ada"}, here) == ()


@pytest.mark.parametrize(
    ("owners", "here", "differs"),
    [
        ({"grace"}, {}, ("owner",)),
        ({"ada", "grace"}, held(a_device(1)), ("owner",)),
        ({"ada", None}, held(a_device(1)), ()),
        ({"ada"}, held(a_device(1, state="disabled")), ("active",)),
        ({"ada"}, held(a_device(1, state="quarantined")), ()),
        ({"ada"}, {}, ("active",)),
    ],
    ids=["another's", "two owners'", "half known", "disabled", "doubted", "just gone"],
)
def test_what_is_otherwise_here_is_named(
    owners: set[str | None], here: dict[str, Device], differs: tuple[str, ...]
) -> None:
    assert importing.differences(wanted(1), owners, here) == differs


@pytest.mark.parametrize(
    ("answer", "document"),
    [
        (Answer(result="known"), {"line": 3, "result": "known"}),
        (
            Answer(result="refused", field="uid", problem="is required"),
            {"line": 3, "result": "refused", "field": "uid", "problem": "is required"},
        ),
        (
            Answer(result="differs", differs=("owner",)),
            {"line": 3, "result": "differs", "differs": ["owner"]},
        ),
    ],
    ids=["plain", "refused", "differs"],
)
def test_answer_is_written_with_what_it_has(answer: Answer, document: dict[str, Any]) -> None:
    assert importing.document(3, answer) == document
