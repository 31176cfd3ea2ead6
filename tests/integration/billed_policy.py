"""What rules and reference data add to a delivery's cost."""

from datetime import UTC, datetime, timedelta
from typing import Any

from firebell import outbox
from tests.integration.billed import Act, costs
from tests.integration.scene import TEXT, Scene, complete, stored

NIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


@costs('badge "unread", up to 1,000 unread', reads=2, writes=2)
def badge(scene: Scene) -> Act:
    scene.device("ios")
    snapshot = scene.inbox(complete(badge="unread"))
    return lambda: scene.event(snapshot)


@costs('badge "unread", 1,001 unread', reads=3, writes=2)
def large_badge(scene: Scene) -> Act:
    scene.device("ios")
    unread = {"readAt": None, "archivedAt": None}
    for start in range(0, 1000, 500):
        batch = scene.client.batch()
        for number in range(start, start + 500):
            batch.create(scene.inbox_reference(f"old{number}"), unread)
        batch.commit()
    snapshot = scene.inbox(complete(badge="unread"))
    return lambda: scene.event(snapshot)


@costs("stop switch, once in 30 s and instance", reads=1)
def runtime(scene: Scene) -> Act:
    later = scene.clock.now + timedelta(seconds=31)
    return lambda: scene.services.reference.runtime(later)


@costs("template: first attempt, once in 5 min and instance", reads=2, writes=3)
def first_of_template(scene: Scene) -> Act:
    scene.device()
    scene.client.document("templates/welcome").set({"body": TEXT})
    snapshot = scene.inbox(_without_text(template="welcome"))
    return lambda: scene.event(snapshot)


@costs("template: first attempt, later ones", reads=1, writes=3)
def later_of_template(scene: Scene) -> Act:
    first_of_template(scene)()
    snapshot = scene.inbox(_without_text(template="welcome"), id="n2")
    return lambda: scene.event(snapshot)


@costs("template: through the outbox, later ones", reads=1, writes=3, deletes=1)
def template_through_outbox(scene: Scene) -> Act:
    first_of_template(scene)()
    fields = {"uid": scene.uid, "template": "welcome"}
    document = stored(scene.outbox(fields, id="n2"))
    return lambda: outbox.accept(document, scene.services)


def _without_text(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in complete(**fields).items() if name != "body"}


@costs("new instance: first attempt, complete document", reads=2, writes=2)
def cold(scene: Scene) -> Act:
    scene.device()
    scene.clock.pass_s(-31)
    scene.services.reference.runtime(scene.clock.now)
    snapshot = scene.inbox(complete())

    def act() -> None:
        scene.clock.pass_s(31)
        scene.event(snapshot)

    return act


def _operate(scene: Scene, **fields: Any) -> None:
    scene.client.document("config/runtime").set(fields)


@costs("first attempt, category with a cap", reads=1, writes=3)
def capped(scene: Scene) -> Act:
    scene.device()
    _operate(scene, caps={"news": {"most": 2, "windowSeconds": 3600}})
    snapshot = scene.inbox(complete(category="news"))
    return lambda: scene.event(snapshot)


def _sleeping(scene: Scene) -> None:
    scene.device()
    scene.clock.now = NIGHT
    hours = {"start": "22:00", "end": "07:00", "timezone": "UTC"}
    settings = {"preferences": {}, "quietHours": hours, "locale": None}
    scene.client.document("recipients", scene.uid).update({"settings": settings})


@costs("quiet hours: push put off", reads=1, writes=2)
def quiet(scene: Scene) -> Act:
    _sleeping(scene)
    snapshot = scene.inbox(complete())
    return lambda: scene.event(snapshot)


@costs("quiet hours: sent at their end", reads=3, writes=2)
def morning(scene: Scene) -> Act:
    _sleeping(scene)
    scene.deliver(complete())
    scene.clock.now = MORNING
    return scene.again


@costs("stop switch: first attempt is put off", reads=1, writes=2)
def paused(scene: Scene) -> Act:
    scene.device()
    _operate(scene, sendingPaused=True)
    snapshot = scene.inbox(complete())
    return lambda: scene.event(snapshot)


@costs("stop switch: a task does nothing")
def paused_task(scene: Scene) -> Act:
    _operate(scene, sendingPaused=True)
    task = {"kind": "delivery", "id": scene.delivery_reference().id}
    return lambda: outbox.deliver_task(task, scene.services)


@costs("dry run from the outbox", reads=1, writes=2, deletes=1)
def dry_run(scene: Scene) -> Act:
    scene.device()
    fields = {"uid": scene.uid, "body": TEXT, "validateOnly": True}
    document = stored(scene.outbox(fields))
    return lambda: outbox.accept(document, scene.services)
