"""What does a message cost the sender in CPU time, beside firebase-admin's own `send_each`?

Both build, serialize, send and read the replies of the same messages to the same FCM emulator, each
round in a fresh process on a core of its own, rounds interleaved. The emulator answers more slowly
than FCM, so the figure is CPU time, not messages a second. Firestore has no part in it.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import firebase_admin
from firebase_admin import messaging

from benchmarks import machine
from benchmarks.fcm_emulator_send import PROJECT, emulator
from fcm_emulator import redirect
from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import new_fid
from firebell.access import StaticAccess
from firebell.core import outcome, payloads
from firebell.core.deliveries import Accepted
from firebell.core.model import Device, Fid, Notification, Recipient
from firebell.fcm import Fcm, Push

BATCH = 500
"""firebase-admin takes no more at once; ours gets the same."""
TITLE, BODY = "Your order has been shipped", "It arrives tomorrow between 9:00 and 11:00."
RESULT = Path(__file__).parent / "results/send_cost.json"
WARM_UP = 1
"""Batches before the measure: connections, imports on first use."""


def main() -> None:
    """Measure, print a table, write results/send_cost.json."""
    options = _options()
    if options.client:
        print(json.dumps(measure(options.client, options.address, options.messages)))
        return
    server_core, client_core = machine.two_cores()
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in CLIENTS}
    with emulator(server_core) as (_, address):
        for _ in range(options.rounds):
            for name, found in rounds.items():
                found.append(_in_a_fresh_process(name, address, options.messages, client_core))
    result = {
        "machine": machine.describe(["firebase-admin", "pycurl", "requests"]),
        "messages_per_round": options.messages,
        "cpu_ms_per_1000": {name: _spread(found) for name, found in rounds.items()},
    }
    medians = {name: figures["median"] for name, figures in result["cpu_ms_per_1000"].items()}
    result["ratio"] = round(medians["send_each"] / medians["firebell"], 1)
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    for name, figures in result["cpu_ms_per_1000"].items():
        print(f"{name:10} {figures['median']:8.1f} ms of CPU per 1,000 messages", figures)
    print(f"send_each costs {result['ratio']} times as much")


def measure(name: str, address: str, messages: int) -> dict[str, float]:
    """Send *messages* with one client; return its CPU time per 1,000, in ms."""
    emulated = EmulatorClient(address, PROJECT)
    fids = [new_fid() for _ in range(BATCH)]
    for fid in fids:
        emulated.register_device(fid, "android")
    values = [fid.value for fid in fids]
    send = CLIENTS[name](address)
    for _ in range(WARM_UP):
        send(values)
    before = _cpu_s()
    for _ in range(messages // BATCH):
        send(values)
    return {"cpu_ms_per_1000": (_cpu_s() - before) * 1e6 / messages}


def firebell(address: str) -> Callable[[list[str]], None]:
    """Send as deliveries do: build, serialize once for a platform, splice, send, classify."""
    sender = Fcm(origin=f"http://{address}", project_id=PROJECT, access=StaticAccess("owner"))
    now = datetime.now(UTC)
    device = Device(
        id="d", target=Fid(value="d"), platform="android", created_at=now, last_seen_at=now
    )

    user = Recipient(uid="ada", devices={device.id: device})

    def send(fids: list[str]) -> None:
        notification = Notification(id="n1", title=TITLE, body=BODY)
        (payload,) = payloads.payloads(notification, [device], recipient=user, now=now).values()
        replies = sender.send([Push(target=Fid(value=fid), payload=payload) for fid in fids])
        _expect_all(isinstance(outcome.classify(reply), Accepted) for reply in replies)

    return send


def send_each(address: str) -> Callable[[list[str]], None]:
    """Send as firebase-admin's documentation does."""
    app = firebase_admin.initialize_app(redirect.credential(), {"projectId": PROJECT})

    def send(fids: list[str]) -> None:
        shown = messaging.Notification(title=TITLE, body=BODY)
        tray = messaging.AndroidNotification(tag="n1", sound="default")
        android = messaging.AndroidConfig(priority="high", notification=tray)
        data = {"notificationId": "n1"}
        batch = [
            messaging.Message(fid=fid, notification=shown, android=android, data=data)
            for fid in fids
        ]
        with redirect.redirected(address):
            answer = messaging.send_each(batch, app=app)
        _expect_all(response.success for response in answer.responses)

    return send


CLIENTS: dict[str, Callable[[str], Callable[[list[str]], None]]] = {
    "firebell": firebell,
    "send_each": send_each,
}


def _in_a_fresh_process(name: str, address: str, messages: int, core: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.send_cost", "--client", name]
    done = subprocess.run(
        [*command, "--address", address, "--messages", str(messages)],
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(["functions", "."])},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _spread(rounds: list[dict[str, float]]) -> dict[str, float]:
    values = [found["cpu_ms_per_1000"] for found in rounds]
    spread = {"median": statistics.median(values), "least": min(values), "most": max(values)}
    return {name: round(value, 1) for name, value in spread.items()}


def _expect_all(accepted: Any) -> None:
    if not all(accepted):
        sys.exit("A message was not accepted; the figures would mean nothing.")


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.send_cost", description=__doc__)
    parser.add_argument("--messages", type=int, default=4_000, help="per round, after a warm-up")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--client", choices=sorted(CLIENTS), help=argparse.SUPPRESS)
    parser.add_argument("--address", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
