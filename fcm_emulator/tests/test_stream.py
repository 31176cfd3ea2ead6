"""The event stream, read as a browser reads it."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target, new_fid
from fcm_emulator.tests.conftest import Sender

Frames = Iterator[tuple[str, Any, str]]


@contextmanager
def stream(fcm: EmulatorClient, last_event_id: str | None = None) -> Iterator[Frames]:
    connection = http.client.HTTPConnection(fcm.address, timeout=20)
    headers = {"Last-Event-ID": last_event_id} if last_event_id is not None else {}
    connection.request("GET", f"/emulator/v1/projects/{fcm.project}/events", headers=headers)
    response = connection.getresponse()
    assert response.getheader("content-type") == "text/event-stream; charset=utf-8"
    try:
        yield _frames(response)
    finally:
        connection.close()


def _frames(response: http.client.HTTPResponse) -> Frames:
    fields: dict[str, str] = {}
    for line in response:
        name, _, value = line.decode().rstrip("\n").partition(": ")
        if name:
            fields[name] = value
        elif "event" in fields:
            yield fields["event"], json.loads(fields["data"]), fields.get("id", "")
            fields = {}
        else:
            fields = {}


def until_sync(frames: Frames) -> tuple[list[tuple[str, Any]], str]:
    seen: list[tuple[str, Any]] = []
    for event, content, event_id in frames:
        if event == "sync":
            return seen, event_id
        seen.append((event, content))
    return seen, ""


def test_a_stream_begins_with_every_device_and_what_it_shows(
    fcm: EmulatorClient, sender: Sender, phone: Target, old_phone: Target
) -> None:
    sender.send({"fid": phone.value, "notification": {"title": "T"}})

    with stream(fcm) as frames:
        seen, _ = until_sync(frames)

    [(event, content)] = seen
    assert event == "snapshot"
    assert [
        (device["label"], [shown["title"] for shown in device["tray"]])
        for device in content["devices"]
    ] == [("a phone", ["T"]), ("a phone of old", [])]


def test_changes_follow_and_a_burst_comes_together(
    fcm: EmulatorClient, sender: Sender, phone: Target, old_phone: Target
) -> None:
    fcm.limit(collapsibleBurst=None)
    with stream(fcm) as frames:
        until_sync(frames)
        for number in range(30):
            sender.send({"fid": phone.value, "notification": {"title": str(number)}})
        seen: list[tuple[str, Any]] = []
        while not seen or len(seen[-1][1]["tray"]) < 30:
            seen += until_sync(frames)[0]

    assert {event for event, _ in seen} == {"device"}
    assert {content["target"]["value"] for _, content in seen} == {phone.value}
    assert len(seen) < 30


def test_time_that_passes_is_heard_of_at_once(
    fcm: EmulatorClient, sender: Sender, phone: Target
) -> None:
    fcm.go_offline(phone)
    sender.send({"fid": phone.value})
    with stream(fcm) as frames:
        until_sync(frames)
        started = time.monotonic()
        fcm.advance_clock(30 * 86_400)
        seen, _ = until_sync(frames)

    assert [content["pendingCount"] for _, content in seen] == [0]
    assert time.monotonic() - started < 10


def test_a_removed_device_is_named(fcm: EmulatorClient, phone: Target) -> None:
    with stream(fcm) as frames:
        until_sync(frames)
        fcm.unregister(phone)
        seen, _ = until_sync(frames)

    assert seen == [("removed", {"target": phone.value})]


def test_who_reconnects_hears_only_of_what_changed(
    fcm: EmulatorClient, phone: Target, old_phone: Target
) -> None:
    gone = new_fid()
    fcm.register_device(gone, "web")
    fcm.unregister(gone)
    with stream(fcm) as frames:
        _, event_id = until_sync(frames)
    fcm.go_offline(old_phone)
    fcm.unregister(phone)

    with stream(fcm, event_id) as frames:
        seen, _ = until_sync(frames)

    assert [event for event, _ in seen] == ["removed", "device"]
    assert seen[1][1]["online"] is False


@pytest.mark.parametrize("event_id", ["", "nonsense", "0.1", ".", "{epoch}.x", "{epoch}.99999"])
def test_who_knows_another_life_of_the_project_hears_everything(
    fcm: EmulatorClient, phone: Target, event_id: str
) -> None:
    with stream(fcm) as frames:
        _, latest = until_sync(frames)

    with stream(fcm, event_id.format(epoch=latest.partition(".")[0])) as frames:
        seen, _ = until_sync(frames)

    assert [event for event, _ in seen] == ["snapshot"]


def test_a_reset_ends_the_stream_and_the_next_begins_anew(
    fcm: EmulatorClient, phone: Target
) -> None:
    with stream(fcm) as frames:
        _, event_id = until_sync(frames)
        fcm.reset()
        assert list(frames) == []

    with stream(fcm, event_id) as frames:
        assert until_sync(frames)[0] == [("snapshot", {"devices": []})]


def test_who_missed_more_removals_than_are_kept_hears_everything(fcm: EmulatorClient) -> None:
    fcm.register_device(new_fid(), "web")
    with stream(fcm) as frames:
        _, event_id = until_sync(frames)
    for _ in range(1001):
        target = new_fid()
        fcm.register_device(target, "web")
        fcm.unregister(target)

    with stream(fcm, event_id) as frames:
        seen, _ = until_sync(frames)

    assert [event for event, _ in seen] == ["snapshot"]
