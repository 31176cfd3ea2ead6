"""The sender's one thread: turns for all callers, and nobody left waiting when it dies."""

import ctypes
import threading
from concurrent.futures import ThreadPoolExecutor

from fcm_emulator.targets import Target, new_fid
from firebell.access import StaticAccess
from firebell.config import Settings
from firebell.fcm import Fcm
from firebell.transfer import CONNECTIONS, STREAMS
from tests.integration.pushes import push
from tests.integration.scene import Scene

AT_ONCE = CONNECTIONS * STREAMS


def late(scene: Scene, delay_ms: int) -> Target:
    """Register a device whose sends are accepted at once and answered late."""
    target = new_fid()
    scene.emulator.register_device(target, "web")
    scene.emulator.fault(None, target=target, delay_ms=delay_ms)
    return target


def sender_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "fcm-sender"}


def test_small_batch_does_not_wait_for_the_whole_of_a_large_one(scene: Scene) -> None:
    slow, quick = late(scene, 500), new_fid()
    with ThreadPoolExecutor() as pool:
        large = pool.submit(scene.services.fcm.send, [push(slow)] * (4 * AT_ONCE))
        scene.emulator.wait(1, target=slow)

        small = scene.services.fcm.send([push(quick)] * 3)
        accepted = len(scene.emulator.messages(slow))

        assert [reply.status for reply in small] == [404] * 3
        assert accepted <= 3 * AT_ONCE
        assert [reply.status for reply in large.result()] == [200] * (4 * AT_ONCE)


def test_no_more_is_in_flight_than_the_connections_carry(scene: Scene) -> None:
    slow = late(scene, 1_500)
    with ThreadPoolExecutor() as pool:
        batches = [pool.submit(scene.services.fcm.send, [push(slow)] * 400) for _ in range(4)]
        scene.emulator.wait(AT_ONCE, target=slow)

        in_flight = len(scene.emulator.messages(slow))

        assert in_flight == AT_ONCE
        assert {reply.status for batch in batches for reply in batch.result()} == {200}


def test_death_of_the_sender_thread_releases_everybody_and_the_next_send_works(
    scene: Scene,
) -> None:
    others = sender_threads()
    slow, quick = late(scene, 60_000), new_fid()
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(scene.services.fcm.send, [push(slow)] * 2) for _ in range(3)]
        scene.emulator.wait(6, target=slow)
        (thread,) = sender_threads() - others

        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(MemoryError)
        )
        woken = scene.services.fcm.send([push(quick)])
        released = [reply for batch in waiting for reply in batch.result(timeout=30)]

    thread.join(timeout=30)
    again = scene.services.fcm.send([push(quick)])

    assert {(reply.status, reply.fault) for reply in released} == {(0, "SENDER_FAILED")}
    assert [(reply.status, reply.fault) for reply in woken] == [(0, "SENDER_FAILED")]
    assert [reply.status for reply in again] == [404]
    assert not thread.is_alive()


def test_request_that_libcurl_refuses_leaves_nobody_waiting(settings: Settings) -> None:
    sender = Fcm(origin="http://\ud800", project_id="p", access=StaticAccess("owner"))

    replies = [sender.send([push(new_fid())] * 3) for _ in range(2)]

    assert {reply.fault for batch in replies for reply in batch} == {"SENDER_FAILED"}
