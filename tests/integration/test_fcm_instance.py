"""The sender in an instance that the platform forks, freezes and thaws, and over https."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fcm_emulator.pytest_plugin import free_port, start_emulator, stop_emulator
from fcm_emulator.targets import new_fid
from firebell import request
from firebell.access import StaticAccess
from firebell.config import Settings
from firebell.fcm import Fcm
from tests.integration.proxy import Proxy
from tests.integration.pushes import push

ROOT = Path(__file__).parents[2]


class Instance:
    """A process of its own that sends when told."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def send(self, count: int) -> list[Any]:
        """Send to *count* targets that nobody registered; return statuses or faults."""
        self.ask(count)
        return self.answer()

    def ask(self, count: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()

    def answer(self) -> list[Any]:
        assert self.process.stdout is not None
        found: list[Any] = json.loads(self.process.stdout.readline())
        return found


@contextlib.contextmanager
def running(address: str, settings: Settings, *, mode: str = "") -> Iterator[Instance]:
    command = [sys.executable, "-m", "tests.integration.instance"]
    with subprocess.Popen(
        [*command, address, settings.project_id, mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'functions'}:{ROOT}"},
    ) as process:
        yield Instance(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=30) == 0


@pytest.fixture
def proxy(settings: Settings) -> Iterator[Proxy]:
    made = Proxy(settings.fcm_emulator_host or "")
    yield made
    made.close()


def test_connections_closed_by_the_peer_while_frozen_are_reopened(
    settings: Settings, proxy: Proxy
) -> None:
    with running(proxy.address, settings) as instance:
        before = instance.send(300)

        instance.process.send_signal(signal.SIGSTOP)
        proxy.cut()
        proxy.mend()
        instance.process.send_signal(signal.SIGCONT)
        after = instance.send(300)

    assert before + after == [404] * 600


def test_batch_cut_in_the_middle_while_frozen_is_sent_again(
    settings: Settings, proxy: Proxy
) -> None:
    with running(proxy.address, settings) as instance:
        instance.send(1)
        proxy.hold_answers()
        instance.ask(50)

        instance.process.send_signal(signal.SIGSTOP)
        proxy.cut()
        proxy.mend()
        instance.process.send_signal(signal.SIGCONT)

        assert instance.answer() == [404] * 50


def test_server_that_forks_before_the_first_message_sends_from_the_child(
    settings: Settings,
) -> None:
    with running(settings.fcm_emulator_host or "", settings, mode="forked") as instance:
        assert instance.send(5) == [404] * 5


def test_connections_closed_while_idle_are_reopened(settings: Settings, proxy: Proxy) -> None:
    sender = Fcm(
        origin=f"http://{proxy.address}",
        project_id=settings.project_id,
        access=StaticAccess("owner"),
    )
    statuses = []

    for _ in range(3):
        statuses += [reply.status for reply in sender.send([push(new_fid())] * 300)]
        proxy.cut()
        proxy.mend()

    assert statuses == [404] * 900


def test_messages_one_after_another_share_a_connection(settings: Settings, proxy: Proxy) -> None:
    sender = Fcm(
        origin=f"http://{proxy.address}",
        project_id=settings.project_id,
        access=StaticAccess("owner"),
    )

    statuses = [sender.send([push(new_fid())])[0].status for _ in range(20)]

    assert statuses == [404] * 20
    assert proxy.count == 1


def test_connection_that_was_idle_for_long_is_not_used_again(
    settings: Settings, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "IDLE_CONNECTION_S", 1)  # 60 are too many for a test
    sender = Fcm(
        origin=f"http://{proxy.address}",
        project_id=settings.project_id,
        access=StaticAccess("owner"),
    )

    before = sender.send([push(new_fid())])
    time.sleep(2.1)  # libcurl counts whole seconds
    after = sender.send([push(new_fid())])

    assert [reply.status for reply in before + after] == [404, 404]
    assert proxy.count == 2


def test_large_batches_over_https_come_back_whole(tmp_path: Path) -> None:
    tls_port = free_port()
    process, _ = start_emulator("--tls-port", str(tls_port), "--state-dir", str(tmp_path))
    try:
        sender = Fcm(
            origin=f"https://127.0.0.1:{tls_port}",
            project_id="demo-tls",
            access=StaticAccess("owner"),
            ca_file=str(next(tmp_path.rglob("*authority*"))),
        )
        batches = [sender.send([push(new_fid())] * 1_000) for _ in range(5)]
    finally:
        stop_emulator(process)

    assert {reply.status for batch in batches for reply in batch} == {404}
