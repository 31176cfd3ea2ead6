"""Notifications from templates: what is pushed, what the inbox shows, what is wrong with them."""

from typing import Any

import pytest

from firebell import outbox
from tests.integration.scene import A_RUN, TEXT, Scene, complete, stored

TABLE = {
    "title": "Hello {{name}}",
    "body": TEXT,
    "localizations": {"de": {"title": "Hallo {{name}}"}},
    "link": "https://example.com/tables/{{table}}",
}


@pytest.fixture(autouse=True)
def template(scene: Scene) -> None:
    scene.client.document("templates/table").set(TABLE)


def named(**fields: Any) -> dict[str, Any]:
    return {"template": "table", "params": {"name": "Ada", "table": 7}, **fields}


def bare(**fields: Any) -> dict[str, Any]:
    times = {name: value for name, value in complete().items() if name != "body"}
    return named(**times, **fields)


def titles(scene: Scene) -> list[str]:
    return [got.message["notification"]["title"] for got in scene.emulator.messages()]


def test_push_speaks_the_language_of_each_device(scene: Scene) -> None:
    phone, tablet = scene.device(), scene.device()
    scene.register(phone.target, "android", locale="de-AT")
    scene.register(tablet.target, "android", locale="en")

    scene.deliver(bare())

    assert sorted(titles(scene)) == ["Hallo Ada", "Hello Ada"]


def test_inbox_document_is_completed_and_names_no_template_any_more(scene: Scene) -> None:
    scene.device()

    scene.deliver(named(data={"order": "7"}))

    shown = scene.inbox_reference().get().to_dict() or {}
    assert shown["title"] == "Hello Ada"
    assert shown["body"] == TEXT
    assert shown["localizations"] == {"de": {"title": "Hallo Ada"}}
    assert shown["link"] == "https://example.com/tables/7"
    assert (shown["data"], shown["readAt"]) == ({"order": "7"}, None)
    assert not {"template", "params"} & shown.keys()


def test_outbox_document_goes_into_the_inbox_completed(scene: Scene) -> None:
    phone = scene.device()
    snapshot = scene.outbox(named(uid=scene.uid))

    outbox.accept(stored(snapshot), scene.services)

    shown = scene.inbox_reference().get().to_dict() or {}
    assert (shown["title"], "template" in shown) == ("Hello Ada", False)
    assert scene.shown(phone) == [TEXT]


def test_param_that_looks_like_a_placeholder_stays_as_it_is_through_a_retry(scene: Scene) -> None:
    scene.device()
    scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    scene.deliver(bare(params={"name": "{{table}}", "table": 7}))

    scene.clock.pass_s(10)
    scene.again()

    assert titles(scene) == ["Hello {{table}}"]


def test_event_that_is_repeated_after_a_kill_completes_the_inbox(scene: Scene) -> None:
    scene.device()
    snapshot = scene.inbox(named())
    scene.event(snapshot)
    scene.inbox_reference().set(named())

    scene.event(scene.inbox_reference().get())

    assert (scene.inbox_reference().get().to_dict() or {})["title"] == "Hello Ada"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"template": "chair"}, "template"),
        ({"template": 7}, "template"),
        ({"params": {"name": "Ada"}}, "params.table"),
        ({"params": {"name": ["Ada"], "table": 7}}, "params.name"),
    ],
    ids=["unknown", "no name", "missing", "of another type"],
)
def test_what_cannot_be_completed_is_rejected_by_the_field(
    scene: Scene, fields: dict[str, Any], field: str
) -> None:
    phone = scene.device()

    record = scene.deliver(bare(**fields))

    assert (record["state"], record["field"]) == ("rejected", field)
    assert scene.shown(phone) == []


@pytest.mark.parametrize(
    "own",
    [
        {"data": {"table": "9"}},
        {"localizations": {"tr": {"title": "Merhaba"}}},
        {"message": "Come"},
        {"title": None, "data": None},
    ],
    ids=["data", "languages", "message", "nulls"],
)
@pytest.mark.parametrize("night", [False, True], ids=["retry", "quiet hours"])
def test_later_attempt_says_what_the_first_would_have_said(
    scene: Scene, own: dict[str, Any], night: bool
) -> None:
    scene.client.document("templates/table").update({"data": {"menu": "{{name}}"}})
    phone = scene.device()
    scene.register(phone.target, "android", locale="de")
    scene.deliver(named(**own), id="at once")

    if night:
        hours = {"start": "00:00", "end": "23:59", "timezone": "UTC"}
        scene.client.document("recipients", scene.uid).update({"settings": {"quietHours": hours}})
    else:
        scene.emulator.fault("UNAVAILABLE", times=A_RUN)
    scene.clock.now = scene.clock.now.replace(hour=12)
    waiting = scene.deliver(named(**own), id="later")
    scene.clock.now = waiting["dueAt"]
    later = scene.again("later")

    assert (waiting["state"], later["state"]) == ("waiting", "done")
    first, second = (without_id(got.message) for got in scene.emulator.messages())
    assert first == second


def test_what_a_backend_takes_away_meanwhile_stays_away(scene: Scene) -> None:
    scene.device()
    snapshot = scene.inbox({"message": TEXT, "link": "/old"})
    scene.inbox_reference().set({"title": "Rewritten", "body": TEXT})

    scene.event(snapshot)

    shown = scene.inbox_reference().get().to_dict() or {}
    assert shown.keys() == {"title", "body", "createdAt", "readAt", "archivedAt"}


def without_id(message: Any) -> Any:
    """Return *message* without what names its notification, and without its life."""
    shown = message["android"]["notification"]
    data = {name: value for name, value in message["data"].items() if name != "notificationId"}
    tray = {name: value for name, value in shown.items() if name != "tag"}
    return message["notification"], data, tray
