"""`tools/operate stamp`: inboxes that were there before Firebell, made complete in silence."""

import io
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import Any

import pytest

from firebell_import.pace import Pace
from tests.integration.doors import Doors
from tests.integration.scene import Scene, Snapshot
from tests.integration.test_operate import operate
from tools.operation import desk as desks
from tools.operation import stamping
from tools.operation.desk import Desk


def all_of(scene: Scene) -> dict[str, Snapshot]:
    found = scene.client.collection_group("user-notifications").stream()
    documents = scene.client.get_all([document.reference for document in found])
    return {document.reference.path: document for document in documents}


def old_inboxes(scene: Scene) -> dict[str, Snapshot]:
    """Put 450 notifications into ten inboxes, as an app without Firebell wrote them."""
    batch = scene.client.batch()
    for number in range(450):
        inbox = scene.inbox_reference(f"n{number}", uid=f"user-{number % 10}")
        batch.create(inbox, {"message": f"Old {number} 🎉", "template": "own", "isRead": True})
    batch.commit()
    return all_of(scene)


def test_dry_run_counts_and_changes_nothing(scene: Scene) -> None:
    before = old_inboxes(scene)

    done = operate(scene, "stamp", "--dry-run")

    assert done.returncode == 0
    assert "450 notifications seen, 450 would be stamped" in done.stdout
    after = all_of(scene)
    assert {path: found.update_time for path, found in after.items()} == {
        path: found.update_time for path, found in before.items()
    }


def test_old_notifications_become_complete_and_nothing_is_sent(scene: Scene) -> None:
    phone = scene.device()
    before = old_inboxes(scene)
    read_at = datetime(2026, 1, 1, tzinfo=UTC)
    scene.inbox_reference("n1", uid="user-1").update({"readAt": read_at, "createdAt": read_at})

    first, second = operate(scene, "stamp"), operate(scene, "stamp")

    assert "450 notifications seen, 450 stamped" in first.stdout
    assert "450 notifications seen, 0 stamped" in second.stdout
    after = all_of(scene)
    read = scene.inbox_reference("n1", uid="user-1").path
    told = {"message": "Old 1 🎉", "template": "own", "isRead": True}
    times = {"readAt": read_at, "createdAt": read_at, "archivedAt": None}
    assert after.pop(read).to_dict() == told | times
    for path, found in after.items():
        own = before[path].to_dict() or {}
        stamped = {"createdAt": before[path].create_time, "readAt": None, "archivedAt": None}
        assert found.to_dict() == own | stamped
    assert list(scene.client.collection("deliveries").stream()) == []
    assert scene.shown(phone) == []


def test_stamp_wakes_the_trigger_for_nothing(deployed: Scene, doors: Doors) -> None:
    before = deployed.inbox({"message": "Old"})
    before.reference.update({"readAt": None, "archivedAt": None, "createdAt": before.create_time})

    status = doors.updated(before, before.reference.get(), function="on_notification_updated")

    assert status == 200
    assert deployed.record() == {}


def test_stamping_goes_on_behind_the_last_document_of_a_run_that_was_stopped(scene: Scene) -> None:
    paths = sorted(old_inboxes(scene))

    done = operate(scene, "stamp", "--after", paths[399])

    assert "50 notifications seen, 50 stamped" in done.stdout
    assert "createdAt" not in (all_of(scene)[paths[399]].to_dict() or {})


class Stopping(Pace):
    """A pace at which somebody presses Ctrl-C before the second page."""

    def __init__(self) -> None:
        super().__init__()
        self.pages = 0

    def wait(self) -> None:
        self.pages += 1
        if self.pages == 2:
            raise KeyboardInterrupt


@pytest.fixture
def desk(scene: Scene) -> Desk:
    return desks.open_desk(scene.client.project, "(default)")


def test_stopped_run_says_where_to_go_on(scene: Scene, desk: Desk) -> None:
    paths = sorted(old_inboxes(scene))
    said = io.StringIO()

    with redirect_stdout(said), pytest.raises(KeyboardInterrupt):
        stamping.stamp(desk, dry_run=False, after=None, pace=Stopping())

    assert f"go on with --after '{paths[199]}'" in said.getvalue()


def test_document_that_changes_meanwhile_keeps_what_it_got(scene: Scene, desk: Desk) -> None:
    read_at = datetime(2026, 2, 2, tzinfo=UTC)
    scene.inbox({"message": "read meanwhile"}, id="n1")
    scene.inbox({"message": "gone meanwhile"}, id="n2")

    class Meanwhile(Pace):
        def wait(self) -> None:
            scene.inbox_reference("n1").update({"readAt": read_at})
            scene.inbox_reference("n2").delete()

    stamping.stamp(desk, dry_run=False, after=None, pace=Meanwhile())

    found: dict[str, Any] = scene.inbox_reference("n1").get().to_dict() or {}
    assert (found["readAt"], found["archivedAt"]) == (read_at, None)
    assert not scene.inbox_reference("n2").get().exists


def test_path_that_is_none_is_refused(scene: Scene) -> None:
    done = operate(scene, "stamp", "--after", "users/ada")

    assert done.returncode == 2
    assert "app-notifications/UID/user-notifications/ID" in done.stderr
