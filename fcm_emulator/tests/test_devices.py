"""Registrations that end, move or go on, and the project's own time."""

import pytest

from fcm_emulator.client import CallFailed, EmulatorClient
from fcm_emulator.targets import Platform, Target, new_fid, new_legacy_token
from fcm_emulator.tests.conftest import Sender
from fcm_emulator.tests.test_control import control

DAY_S = 86_400


def titles(fcm: EmulatorClient, target: Target) -> list[str | None]:
    return [shown.title for shown in fcm.tray(target).notifications]


def notify(sender: Sender, target: Target, title: str) -> int:
    field = "fid" if target.kind == "fid" else "token"
    return sender.send({field: target.value, "notification": {"title": title}}).http_status


def test_an_android_device_away_for_270_days_is_unregistered(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    fcm.go_offline(phone)
    fcm.advance_clock(270 * DAY_S - 60)
    assert notify(sender, phone, "still there") == 200

    fcm.advance_clock(61)

    reply = sender.send({"fid": phone.value})
    assert (reply.http_status, reply.fcm_code) == (404, "UNREGISTERED")
    assert control(sender, "GET", "/devices") == (200, {"devices": []})


def test_coming_back_begins_the_270_days_anew(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    for _ in range(2):
        fcm.go_offline(phone)
        fcm.advance_clock(200 * DAY_S)
        fcm.go_online(phone)
        fcm.advance_clock(100 * DAY_S)
    fcm.advance_clock(300 * DAY_S)  # online is not idle

    assert notify(sender, phone, "still there") == 200


@pytest.mark.parametrize("platform", ["ios", "web"])
def test_only_android_registrations_expire_by_themselves(
    fcm: EmulatorClient, sender: Sender, platform: Platform
) -> None:
    target = new_fid()
    fcm.register_device(target, platform)
    fcm.go_offline(target)
    fcm.advance_clock(1000 * DAY_S)
    assert notify(sender, target, "x") == 200

    fcm.expire(target)

    assert sender.send({"fid": target.value}).fcm_code == "UNREGISTERED"


def test_a_target_moves_to_another_device_with_what_is_pending(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    notify(sender, phone, "on the old phone")
    fcm.go_offline(phone)
    notify(sender, phone, "on the way")

    fcm.move(phone, label="new phone")

    assert titles(fcm, phone) == ["on the way"]
    assert [received.label for received in fcm.messages(phone)] == ["a phone", "new phone"]
    assert [event.event for event in fcm.history(phone)] == ["moved", "online", "delivered"]


def test_registering_again_keeps_the_screen_of_the_same_platform(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    notify(sender, phone, "x")
    fcm.register_device(phone, "android", label="renamed")
    assert titles(fcm, phone) == ["x"]

    fcm.register_device(phone, "ios")
    assert titles(fcm, phone) == []


def test_what_waits_is_lost_when_the_target_becomes_another_platforms(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    fcm.go_offline(phone)
    notify(sender, phone, "x")

    fcm.register_device(phone, "ios")

    assert [received.outcome for received in fcm.messages(phone)] == ["droppedDeviceInactive"]


def test_a_legacy_token_with_its_colon_fits_every_path(fcm: EmulatorClient, sender: Sender) -> None:
    target = new_legacy_token()
    fcm.register_device(target, "android")
    notify(sender, target, "x")

    assert titles(fcm, target) == ["x"]
    assert [event.event for event in fcm.history(target)] == ["registered", "delivered"]
    http_status, device = control(sender, "GET", f"/devices/{target.value}")
    assert (http_status, device["trayCount"], device["online"]) == (200, 1, True)


@pytest.mark.parametrize("path", ["", "/tray", "/history"])
def test_an_unknown_device_is_not_found(sender: Sender, path: str) -> None:
    http_status, answer = control(sender, "GET", f"/devices/{new_fid().value}{path}")

    assert (http_status, answer["error"]["status"]) == (404, "NOT_FOUND")
    assert answer["error"]["message"] == "target: no device is registered under it"


@pytest.mark.parametrize("action", ["connect", "disconnect", "expire", "move", "unregister"])
def test_nothing_can_be_done_with_an_unknown_device(sender: Sender, action: str) -> None:
    call = {"target": {"kind": "fid", "value": new_fid().value}}

    assert control(sender, "POST", f"/devices:{action}", call)[0] == 404
    assert control(sender, "POST", f"/devices:{action}", {})[0] == 400


@pytest.mark.parametrize("platform", ["android", "ios"])
def test_only_web_devices_have_a_worker(fcm: EmulatorClient, platform: Platform) -> None:
    with pytest.raises(CallFailed, match="worker: only a web device"):
        fcm.register_device(new_fid(), platform, worker_data_key="k")


@pytest.mark.parametrize("seconds", [-1, 1e12, "NaN"])
def test_time_goes_forward_only(sender: Sender, seconds: object) -> None:
    http_status, answer = control(sender, "POST", "/clock:advance", {"seconds": seconds})

    assert http_status == 400
    assert "seconds" in answer["error"]["message"]


def test_each_project_has_its_own_time(fcm: EmulatorClient, sender: Sender) -> None:
    other = Sender(address=sender.address, project=f"{sender.project}-other")
    fcm.advance_clock(DAY_S)

    _, ours = control(sender, "GET", "/clock")
    _, theirs = control(other, "GET", "/clock")
    assert DAY_S * 1000 <= ours["nowMs"] - theirs["nowMs"] + 60_000 < DAY_S * 1000 + 120_000


def test_a_project_that_is_ahead_takes_no_message_ids_along(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    ids_us: list[int] = []
    for seconds in (0, DAY_S, 0):
        fcm.advance_clock(seconds)
        notify(sender, phone, "x")
        name = fcm.messages(phone)[-1].name
        ids_us.append(int(name.rpartition("/0:")[2].partition("%")[0]))

    assert ids_us == sorted(ids_us)
    assert ids_us[-1] - ids_us[0] < DAY_S * 1_000_000 / 2


def test_messages_are_dated_in_the_projects_time(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    fcm.advance_clock(DAY_S)
    _, clock = control(sender, "GET", "/clock")
    notify(sender, phone, "x")

    (received,) = fcm.messages(phone)
    assert 0 <= received.accepted_at_ms - clock["nowMs"] < 60_000
    assert received.delivered_at_ms == received.accepted_at_ms


def test_projects_with_devices_are_listed(fcm: EmulatorClient, sender: Sender) -> None:
    def listed() -> bool:
        reply = sender.post(b"", method="GET", path="/emulator/v1/projects")
        return fcm.project in reply.json["projects"]

    fcm.messages()
    assert not listed()
    fcm.register_device(new_fid(), "web")
    assert listed()
    fcm.reset()
    assert not listed()
