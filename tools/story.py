"""The product's main job as a story on the running stack: each step claims something and checks it.

A backend writes a notification, each device of that user gets it; Django only mints a custom token.
"""

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import requests

from fcm_emulator.client import Received
from tools import actors, cloud_event
from tools.actors import Client
from tools.narration import Narrator, expect
from tools.scene import Scene

LATENCY_ROUNDS = 20
QUIET_S = 1.0
"""How long a step waits to see that nothing comes."""
SCHEDULED_IN_S = 3.0
WORKER_DATA_KEY = "firebell"
"""Where a browser's service worker finds what to show (docs/decisions.md)."""


def run(narrator: Narrator) -> None:
    """Tell the story on the running stack.

    Raises:
        Failed: An expectation did not hold.

    """
    scene = Scene(narrator=narrator)
    for chapter in CHAPTERS:
        chapter(scene)


def log_in(scene: Scene) -> None:
    """Django's only part: mint a custom token."""
    with scene.narrator.step("alice logs in at Django: {token, firebase_token, expires_in}"):
        login = actors.log_in("alice")
        expect(login.expires_in > 0, f"expires_in is {login.expires_in}")
    with scene.narrator.step("the Auth emulator takes the custom token"):
        scene.alice = Client.sign_in(login.firebase_token)
        scene.bob = Client.sign_in(actors.log_in("bob").firebase_token)


def register(scene: Scene) -> None:
    """Three installations of the app register themselves."""
    with scene.narrator.step("register_device without signing in is UNAUTHENTICATED"):
        _expect_status(Client().call("register_device", {}), HTTPStatus.UNAUTHORIZED)
    for phone in scene.phones:
        with scene.narrator.step(f"alice's {phone.name} registers by {phone.target.kind}"):
            key = WORKER_DATA_KEY if phone.platform == "web" else None
            scene.fcm.register_device(
                phone.target, phone.platform, label=phone.name, worker_data_key=key
            )
            body = {"target": phone.document, "platform": phone.platform, "label": phone.name}
            answer = scene.alice.call("register_device", body)
            _expect_status(answer, HTTPStatus.OK)
            scene.device_ids.add(answer.json()["result"]["deviceId"])


def deliver(scene: Scene) -> None:
    """A backend writes the smallest notification there is."""
    with scene.narrator.step("a backend writes {message, id}; every device gets it"):
        after = scene.last_seq()
        scene.shipped = scene.write("Your order has been shipped 📦")
        received = scene.receive(3, after=after)
    with scene.narrator.step("each message is right for its platform"):
        for message in received:
            _expect_form(message, scene.shipped.id)
    with scene.narrator.step("the delivery names each device and FCM's name of its message"):
        delivery = scene.delivery(scene.shipped.id)
        expect(delivery["state"] == "done", f"its state is {delivery['state']}")
        expect(set(delivery["devices"]) == scene.device_ids, "it names other devices")
        recorded = {line["messageName"] for line in delivery["devices"].values()}
        expect(recorded == {message.name for message in received}, "the names differ from FCM's")
    with scene.narrator.step("the bare document now has createdAt and readAt: null"):
        expect(scene.stamped(scene.shipped.id)["readAt"] is None, "readAt is not null")


def read_inbox(scene: Scene) -> None:
    """The security rules: the owner reads, nobody else, and no client sees a target."""
    uid = scene.alice.uid
    with scene.narrator.step("its owner finds it by the ordered unread query, over the rules"):
        answer = scene.alice.unread(uid)
        _expect_status(answer, HTTPStatus.OK)
        names = [row["document"]["name"] for row in answer.json() if "document" in row]
        expect(any(name.endswith(scene.shipped.id) for name in names), "the query did not find it")
    with scene.narrator.step("a stranger and an anonymous client are denied"):
        for client in (scene.bob, Client()):
            answer = client.get(f"app-notifications/{uid}/user-notifications")
            _expect_status(answer, HTTPStatus.FORBIDDEN)
    with scene.narrator.step("no client reads a target, not even its own"):
        for path in (f"recipients/{uid}", "recipients", "targets", "deliveries"):
            _expect_status(scene.alice.get(path), HTTPStatus.FORBIDDEN)


def repeat_event(scene: Scene) -> None:
    """Eventarc delivers at least once."""
    with scene.narrator.step("the same event delivered again sends nothing"):
        after = scene.last_seq()
        # As it was created: what the functions have stamped since is no part of the event.
        status = cloud_event.post_to_emulator("on_notification_created", scene.shipped)
        expect(status == HTTPStatus.OK, f"the function answered {status}")
        time.sleep(QUIET_S)
        expect(not scene.fcm.messages(after=after), "a message was sent again")


def send_over_http(scene: Scene) -> None:
    """A backend in any language: one POST."""
    notification = {"title": "Invoice", "body": "Invoice 17 is ready", "category": "billing"}
    body = {"uid": scene.alice.uid, "notification": notification}
    with scene.narrator.step("POST /v1/notifications: 401 for nobody, 403 for a user who may not"):
        _expect_status(Client().send(body), HTTPStatus.UNAUTHORIZED)
        _expect_status(scene.bob.send(body), HTTPStatus.FORBIDDEN)
    with scene.narrator.step("a sender's POST is 202 and reaches the same three devices"):
        after = scene.last_seq()
        answer = scene.alice.send(body)
        _expect_status(answer, HTTPStatus.ACCEPTED)
        reached = {message.target for message in scene.receive(3, after=after)}
        expect(reached == {phone.target for phone in scene.phones}, "other devices were reached")
    with scene.narrator.step("it stands in the inbox, complete"):
        title = scene.stamped(answer.json()["notifications"][0]["id"])["title"]
        expect(title == "Invoice", f"its title is {title}")


def choose(scene: Scene) -> None:
    """Users decide per category; rules check what they write, a trigger hands it to delivery."""
    choice = {"push": {"booleanValue": False}, "inbox": {"booleanValue": True}}
    news = {"mapValue": {"fields": {"news": {"mapValue": {"fields": choice}}}}}
    with scene.narrator.step("alice wants no pushes of the category news"):
        settings = f"app-notifications/{scene.alice.uid}"
        _expect_status(scene.alice.patch(settings, {"preferences": news}), HTTPStatus.OK)
        scene.wait_for_settings()
    with scene.narrator.step("news stands in her inbox, and no device is told"):
        after = scene.last_seq()
        notification = {"title": "News", "body": "Version 2 is out", "category": "news"}
        answer = scene.alice.send({"uid": scene.alice.uid, "notification": notification})
        sent = answer.json()["notifications"][0]
        delivery = scene.delivery(sent["id"])
        expect(delivery["reason"] == "category_off", f"its reason is {delivery['reason']}")
        expect(scene.stamped(sent["id"])["title"] == "News", "the inbox has it not")
        expect(not scene.fcm.messages(after=after), "a message was sent")


def read_here_clear_there(scene: Scene) -> None:
    """What is read on one device leaves the trays of the others."""
    with scene.narrator.step("alice reads the first one in her browser; her phones are told"):
        after, id = scene.last_seq(), scene.shipped.id
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        path = f"app-notifications/{scene.alice.uid}/user-notifications/{id}"
        read_at = {"readAt": {"timestampValue": now}}
        _expect_status(scene.alice.patch(path, read_at), HTTPStatus.OK)
        # An unseen message with the id to Android, the badge and the identifier to iOS.
        received = scene.receive(3, after=after)
        told = sorted(message.platform for message in received)
        expect(told == ["android", "ios", "ios"], f"told were {told}")
        android = next(message for message in received if message.platform == "android")
        cleared = json.loads(android.message["data"][WORKER_DATA_KEY])
        expect(cleared == {"clear": [id]}, f"the Android phone was told {cleared}")


def schedule(scene: Scene) -> None:
    """The outbox holds what is for later; the scheduler finds it."""
    with scene.narrator.step(f"a notification due in {SCHEDULED_IN_S:.0f} s is not there before"):
        after = scene.last_seq()
        send_at = datetime.now(UTC) + timedelta(seconds=SCHEDULED_IN_S)
        item = {"uid": scene.alice.uid, "title": "Reminder", "body": "Now", "sendAt": send_at}
        scene.backend.collection("outbox").document().set(item)
        time.sleep(SCHEDULED_IN_S - QUIET_S)
        expect(not scene.fcm.messages(after=after), "it came early")
    with scene.narrator.step("and arrives after, through the local scheduler"):
        received = scene.receive(3, after=after)
        late_ms = min(message.accepted_at_ms for message in received) - send_at.timestamp() * 1000
        expect(late_ms >= 0, f"it came {-late_ms:.0f} ms early")
        scene.narrator.detail(f"{late_ms:.0f} ms after it was due")


def lose_a_device(scene: Scene) -> None:
    """An app is uninstalled; FCM says so once."""
    iphone = next(phone for phone in scene.phones if phone.platform == "ios")
    with scene.narrator.step("the iPhone's app is uninstalled: FCM answers UNREGISTERED"):
        scene.fcm.unregister(iphone.target)
        after = scene.last_seq()
        written = scene.write("This is not for the iPhone any more")
        scene.receive(2, after=after)
        line = scene.delivery(written.id)["devices"][iphone.target.value]
        expect(line["outcome"] == "gone", f"the delivery says {line['outcome']}")
    with scene.narrator.step("it is gone from the recipient, the others stay"):
        left = scene.devices_without(iphone.target.value)
        expect(len(left) == 2, f"{len(left)} devices are left")


def measure(scene: Scene) -> None:
    """From the document's write to FCM's acceptance of the last of its messages."""
    latencies = []
    with scene.narrator.step(f"{LATENCY_ROUNDS} more, one after another, each to two devices"):
        for number in range(LATENCY_ROUNDS):
            after = scene.last_seq()
            started_ms = time.time() * 1000
            scene.write(f"Round {number + 1}")
            received = scene.fcm.wait(2, after=after)
            expect(len(received) == 2, f"round {number + 1} reached {len(received)} devices")
            last_ms = max(message.accepted_at_ms for message in received)
            latencies.append(last_ms - started_ms)
        median, longest = statistics.median(latencies), max(latencies)
        scene.narrator.detail(
            f"from document write to FCM's acceptance for the last device: median {median:.0f} ms "
            f"of {LATENCY_ROUNDS}, longest {longest:.0f} ms"
        )


CHAPTERS: tuple[Callable[[Scene], None], ...] = (
    log_in,
    register,
    deliver,
    read_inbox,
    repeat_event,
    send_over_http,
    choose,
    read_here_clear_there,
    schedule,
    lose_a_device,
    measure,
)


def _expect_form(received: Received, notification_id: str) -> None:
    """Hold the few fields by which a platform shows a message, and replaces a repeat of it."""
    message = received.message
    match received.platform:
        case "android":
            form = message["android"]["notification"]["tag"], "notification" in message
        case "ios":
            form = message["apns"]["headers"]["apns-collapse-id"], "apns" in message
        case "web":
            form = message["webpush"]["headers"]["Topic"], "notification" not in message
    expect(form == (notification_id, True), f"{received.platform} got {dict(message)}")


def _expect_status(answer: requests.Response, status: HTTPStatus) -> None:
    said = f"{answer.url} answered {answer.status_code}: {answer.text[:300]}"
    expect(answer.status_code == status, said)
