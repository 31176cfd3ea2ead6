"""What an entrance lets out: only Firestore's absence, which is worth the same event again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from google.api_core import exceptions

from firebell.database import translated
from firebell.errors import Unavailable
from tests.integration.doors import CALL_LIMIT_S, Doors, free_port
from tests.integration.identity import sign_in
from tests.integration.scene import TEXT, Scene, complete

DOWN = 9
"""Instance number of functions whose Firestore does not answer."""


def test_firestore_that_is_down_asks_for_the_same_event_again_which_then_delivers(
    deployed: Scene, doors: Doors
) -> None:
    phone = deployed.device()
    nowhere = f"127.0.0.1:{free_port()}"
    triggers = ("on_notification_created", "on_notification_updated", "on_outbox_created")
    functions = (*triggers, "on_settings_written", "deliver", "sweep", "api")
    urls = {
        name: doors.url(name, instance=DOWN, FIRESTORE_EMULATOR_HOST=nowhere) for name in functions
    }
    inbox = deployed.inbox(complete())
    outbox = deployed.outbox({"uid": deployed.uid, "body": TEXT}, id=deployed.uid)
    unread = deployed.inbox(complete(), id="n2")
    unread.reference.update({"readAt": deployed.clock.now})
    is_read = unread.reference.get()
    changed = deployed.settings({"locale": "de"})
    id_token = sign_in("backend", project=doors.project, senderUntil=2**40)

    def post(url: str, data: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {id_token}"}
        return requests.post(url, json=data, headers=headers, timeout=CALL_LIMIT_S)

    with ThreadPoolExecutor() as pool:
        created = pool.submit(doors.created, inbox, instance=DOWN)
        accepted = pool.submit(doors.created, outbox, function="on_outbox_created", instance=DOWN)
        updated = pool.submit(
            doors.updated, unread, is_read, function="on_notification_updated", instance=DOWN
        )
        copied = pool.submit(doors.written, *changed, function="on_settings_written", instance=DOWN)
        task = pool.submit(post, urls["deliver"], {"data": {"kind": "delivery", "id": "x"}})
        swept = pool.submit(post, urls["sweep"], None)
        body = {"uid": deployed.uid, "notification": {"body": TEXT}}
        sent = pool.submit(post, f"{urls['api']}v1/notifications", body)

    assert (created.result(), accepted.result()) == (500, 500)
    assert (updated.result(), copied.result()) == (500, 500)
    assert (task.result().status_code, swept.result().status_code) == (500, 500)
    assert sent.result().status_code == 503
    assert sent.result().json()["error"]["code"] == "UNAVAILABLE"
    assert doors.created(inbox) == 200
    assert deployed.shown(phone) == [TEXT]


def test_transaction_that_is_aborted_for_good_is_unavailable() -> None:
    @translated
    def register() -> None:
        try:
            raise ValueError("Failed to commit") from exceptions.Aborted("contention")  # type: ignore[no-untyped-call] # api-core's errors are untyped
        finally:
            # As the client's roll-back of a transaction that is none any more.
            raise ValueError("no transaction ID")

    with pytest.raises(Unavailable):
        register()


def test_value_error_of_another_kind_is_not_called_unavailable() -> None:
    @translated
    def register() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        register()
