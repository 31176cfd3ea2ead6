"""Settings reach the recipient: once, in the order they were written, whatever they say."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import permutations
from typing import Any, TypeVar

import pytest

from firebell.errors import Unavailable
from tests.integration.doors import Doors
from tests.integration.scene import TEXT, Scene, Snapshot, complete

T = TypeVar("T")

NIGHT = {"start": "22:00", "end": "07:30", "timezone": "Europe/Berlin"}
CHOSEN = {
    "preferences": {"news": {"push": False}, "default": {"push": True, "inbox": False}},
    "quietHours": {**NIGHT, "enabled": True},
    "locale": "pt-BR",
}
COPIED = {
    "preferences": {
        "news": {"push": False, "inbox": True},
        "default": {"push": True, "inbox": False},
    },
    "quietHours": NIGHT,
    "locale": "pt-BR",
}
NOTHING: dict[str, Any] = {"preferences": {}, "quietHours": None, "locale": None}


def written(doors: Doors, before: Snapshot, after: Snapshot) -> int:
    return doors.written(before, after, function="on_settings_written")


def test_settings_written_before_any_device_make_a_recipient_that_a_device_joins(
    deployed: Scene, doors: Doors
) -> None:
    before, after = deployed.settings(CHOSEN)

    assert written(doors, before, after) == 200

    made = deployed.recipient()
    version = made["settingsVersion"]
    assert version == after.update_time
    assert made == {
        "devices": {},
        "partition": made["partition"],
        "settings": COPIED,
        "settingsVersion": version,
    }
    phone = deployed.device()
    joined = deployed.recipient()
    assert set(joined["devices"]) == {phone.id}
    assert {name: joined[name] for name in made if name != "devices"} == {
        name: made[name] for name in made if name != "devices"
    }


def test_settings_are_copied_beside_devices_and_heeded(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()
    before = deployed.recipient()

    assert written(doors, *deployed.settings(CHOSEN)) == 200

    after = deployed.recipient()
    assert after.pop("settings") == COPIED
    after.pop("settingsVersion")
    assert after == before
    assert deployed.deliver(complete(category="news"))["reason"] == "category_off"
    assert deployed.shown(phone) == []


def test_deleted_settings_are_cleared(deployed: Scene, doors: Doors) -> None:
    written(doors, *deployed.settings(CHOSEN))

    assert written(doors, *deployed.settings(None)) == 200

    assert deployed.recipient()["settings"] == NOTHING


def test_what_delivery_does_not_heed_writes_nothing(deployed: Scene, doors: Doors) -> None:
    seen = {"inboxSeenAt": deployed.clock.now}

    assert written(doors, *deployed.settings(seen)) == 200
    assert written(doors, *deployed.settings(None)) == 200

    assert deployed.recipient() == {}


HOSTILE: list[dict[str, Any]] = [
    {"preferences": 7, "quietHours": ["22:00"], "locale": {"de": True}},
    {"preferences": {"news": 7, "chat": {"push": "no", "inbox": None}}},
    {"quietHours": {"start": 22, "end": True, "timezone": {}, "enabled": "no"}},
    {"preferences": {f"c{number}": {"push": False} for number in range(1000)}},
    {"preferences": {"x" * 1000: {"push": False}}, "locale": "x" * 100_000},
    {"preferences": {"a.b": {"a.b": {"a.b": [{"a.b": float("nan")}]}}}, "a.b": b"\0"},
]


@pytest.mark.parametrize("fields", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_a_backend_wrote_leaves_a_recipient_that_can_be_sent_to(
    deployed: Scene, doors: Doors, fields: dict[str, Any]
) -> None:
    phone = deployed.device()

    assert written(doors, *deployed.settings(fields)) == 200

    deployed.deliver(complete())
    assert deployed.shown(phone) == [TEXT]


def test_misfits_are_logged_by_the_names_of_our_fields_alone(deployed: Scene, doors: Doors) -> None:
    made_up = "a-diagnosis"
    before = doors.logged()

    written(doors, *deployed.settings({"preferences": {made_up: 7}, "locale": 5, "own": made_up}))

    said = doors.said(since=before)
    assert '"fields": ["locale", "preferences"]' in said
    assert made_up not in said


def test_odd_names_of_users_and_categories_are_kept(deployed: Scene, doors: Doors) -> None:
    uid = deployed.uid + " é`~*[]…"
    reference = deployed.client.collection("app-notifications").document(uid)
    names = ("chat.direct", "`", "ünï", "a/b", "*", "\\", "😀")
    before = reference.get()
    reference.set({"preferences": {name: {"push": False} for name in names}})

    assert written(doors, before, reference.get()) == 200

    assert set(deployed.recipient(uid)["settings"]["preferences"]) == set(names)


CHANGES = ({"locale": "de"}, {"locale": "fr", "quietHours": NIGHT}, None, {"locale": "it"})


@pytest.mark.parametrize("order", list(permutations(range(len(CHANGES)))), ids=str)
def test_latest_settings_stay_whatever_the_order_of_their_events(
    scene: Scene, order: Sequence[int]
) -> None:
    changes = [scene.settings(fields) for fields in CHANGES]

    for position in (*order, *order):
        scene.settings_event(*changes[position])

    assert scene.recipient()["settings"] == {**NOTHING, "locale": "it"}


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_deleted_settings_stay_deleted_whatever_the_order_of_the_events(
    scene: Scene, order: Sequence[int]
) -> None:
    changes = [scene.settings(fields) for fields in CHANGES[:3]]

    for position in (*order, *order):
        scene.settings_event(*changes[position])

    assert scene.recipient()["settings"] == NOTHING


def test_erased_user_stays_erased(scene: Scene) -> None:
    erased = {"erasedAt": scene.clock.now}
    scene.client.collection("recipients").document(scene.uid).set(erased)

    for fields in (CHOSEN, None):
        scene.settings_event(*scene.settings(fields))

    assert scene.recipient() == erased


def until_served(work: Callable[[], T]) -> T:
    """Do *work* again while Firestore cannot, as apps do and as the platform does with events."""
    while True:
        try:
            return work()
        except Unavailable:
            continue


def test_settings_and_devices_that_come_at_once_are_all_kept(scene: Scene) -> None:
    changes = [scene.settings({"locale": f"de-{number:02}"}) for number in range(4)]

    with ThreadPoolExecutor() as pool:
        copies = [
            pool.submit(until_served, partial(scene.settings_event, *change)) for change in changes
        ]
        phones = [pool.submit(until_served, partial(scene.device, "web")) for _ in range(2)]
    for copy in copies:
        copy.result()

    recipient = scene.recipient()
    assert recipient["settings"]["locale"] == "de-03"
    assert set(recipient["devices"]) == {phone.result().id for phone in phones}
