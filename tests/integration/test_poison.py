"""Documents that no function should survive by chance: each ends, and the next one is delivered."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud.firestore_v1 import GeoPoint

from firebell import outbox
from firebell.core import schema
from tests.integration.doors import Doors
from tests.integration.scene import TEXT, Scene, stored
from tests.integration.trays import accepted


def nested(depth: int, *, wrap: Any = lambda inner: {"a": inner}) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = wrap(value)
    return value


SHOWN: dict[str, dict[str, Any]] = {
    "emoji beyond the basic plane": {"body": TEXT + " 👩‍🚀🏳️‍🌈" * 20},
    "control characters": {"body": TEXT + "\x00\x07\x1b[31m\x7f"},
    "marks of direction": {"body": f"\u202e{TEXT}\u2066"},
    "quotes that end strings": {"body": TEXT + '"}],"token":"x"\\'},
    "a hundred marks on one letter": {"body": TEXT + "z" + "\u0335" * 100},
}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nested as deep as Firestore stores": ({"body": TEXT, "data": nested(18)}, "data.a"),
    "nested where text belongs": ({"body": nested(18)}, "body"),
    "lists within maps": (
        {"body": TEXT, "actions": [nested(8, wrap=lambda inner: {"a": [inner]})["a"][0]]},
        "actions[0].a",
    ),
    "nearly as large as a document may be": ({"body": TEXT + "x" * 1_000_000}, "body"),
    "ten thousand keys": ({"body": TEXT, "data": {f"k{i}": "v" for i in range(10_000)}}, "data"),
    "no number": ({"body": TEXT, "badge": float("nan")}, "badge"),
    "endless": ({"body": TEXT, "ttlSeconds": float("inf")}, "ttlSeconds"),
    "the largest integer": ({"body": TEXT, "ttlSeconds": 2**63 - 1}, "ttlSeconds"),
    "a place": ({"body": TEXT, "link": GeoPoint(0, 0)}, "link"),
    "bytes that are no text": ({"body": b"\xff\xfe\xed\xa0\x80"}, "body"),
    "before all dates": ({"body": TEXT, "sendAt": datetime(1, 1, 1, tzinfo=UTC)}, "sendAt"),
    "a dangerous name": ({"body": TEXT, "constructor.prototype": "x"}, "constructor.prototype"),
    "a name of blanks": ({"body": TEXT, " `\n": "x"}, " `\n"),
}


@pytest.mark.parametrize("fields", SHOWN.values(), ids=SHOWN)
def test_odd_text_is_shown_as_it_is(deployed: Scene, doors: Doors, fields: dict[str, Any]) -> None:
    phone = deployed.device("ios")

    status = doors.created(deployed.inbox(fields))

    assert (status, deployed.record()["state"]) == (200, "done")
    assert deployed.shown(phone) == [fields["body"]]


@pytest.mark.parametrize(("fields", "field"), REFUSED.values(), ids=REFUSED)
def test_poison_is_recorded_and_the_next_one_delivered(
    deployed: Scene, doors: Doors, fields: dict[str, Any], field: str
) -> None:
    phone = deployed.device()
    snapshot = deployed.inbox(fields)

    statuses = [doors.created(snapshot), doors.created(snapshot)]
    doors.created(deployed.inbox({"message": TEXT}, id="n2"))

    record = deployed.record()
    assert statuses == [200, 200]
    assert (record["state"], record["attempt"]) == ("rejected", 1)
    assert field in record["field"]
    assert len(record["problem"]) < 1000
    assert deployed.record("n2")["state"] == "done"
    assert accepted(deployed, phone) == 1


INTO_OUTBOX = {name: case for name, case in REFUSED.items() if case[1] != "sendAt"}


@pytest.mark.parametrize(("fields", "field"), INTO_OUTBOX.values(), ids=INTO_OUTBOX)
def test_poison_in_the_outbox_is_recorded_and_never_due_again(
    scene: Scene, fields: dict[str, Any], field: str
) -> None:
    phone = scene.device()
    snapshot = scene.outbox({"uid": scene.uid, "dueAt": scene.clock.now, "dueShard": 1, **fields})

    for _ in range(2):
        outbox.accept(stored(snapshot), scene.services)
    due = scene.services.store.due(schema.OUTBOX, scene.clock.now)

    assert scene.record()["state"] == "rejected"
    assert field in scene.record()["field"]
    assert due == []
    assert accepted(scene, phone) == 0


def test_target_that_is_no_target_harms_only_itself(deployed: Scene, doors: Doors) -> None:
    phone = deployed.device()
    others = {"platform": "android", "target": {"kind": "legacyToken", "value": 'x"}}' + "é" * 40}}
    held = deployed.recipient()["devices"]
    odd = {**held[phone.id], **others}
    reference = deployed.client.document(f"recipients/{deployed.uid}")
    reference.update({"devices": {**held, "odd": odd}})

    status = doors.created(deployed.inbox({"message": TEXT}))

    record = deployed.record()
    assert (status, record["state"]) == (200, "done")
    assert record["devices"][phone.id]["outcome"] == "accepted"
    assert record["devices"]["odd"]["outcome"] in ("quarantined", "gone")
