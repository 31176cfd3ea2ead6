"""What every client of send_cost.py has in common: the message, the targets, the measure.

It needs the standard library only: the clients run in two environments.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, TypeAlias

Client: TypeAlias = Callable[[str], Callable[[Sequence[str]], None]]
"""Makes a client of the server at an address; what it returns sends to the targets it is given."""

PROJECT = "demo-bench"
TITLE, BODY = "Your order has been shipped", "It arrives tomorrow between 9:00 and 11:00."
BATCH = 500
"""firebase-admin takes no more at once."""


def targets(count: int) -> list[str]:
    """Return distinct targets as long as registration tokens are."""
    return [f"{number:022d}:APA91b{'x' * 134}" for number in range(count)]


def plain_message() -> dict[str, Any]:
    """Return the message as FCM gets it, for a client that knows nothing of it."""
    tray = {"tag": "n1", "sound": "default"}
    return {
        "message": {
            "fid": targets(1)[0],
            "notification": {"title": TITLE, "body": BODY},
            "data": {"notificationId": "n1"},
            "android": {"priority": "HIGH", "notification": tray},
        }
    }


def run(
    clients: Mapping[str, Client],
    packages: Mapping[str, Sequence[str]],
) -> None:
    """Measure the client that the command line names, and print its figures as JSON.

    The command line is: name, address (host:port), messages, how many of them at a time.
    """
    name, address, messages, at_once = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:5])
    send, values = clients[name](address), targets(at_once)
    send(values)  # connections, and what is imported on first use
    cpu_s, began = _cpu_s(), time.perf_counter()
    for _ in range(messages // at_once):
        send(values)
    found = {
        "cpu_ms_per_1000": (_cpu_s() - cpu_s) * 1e6 / messages,
        "messages_per_s": messages / (time.perf_counter() - began),
        "packages": {package: version(package) for package in packages[name]},
    }
    sys.stdout.write(json.dumps(found))


def expect_all(accepted: Iterable[bool], count: int) -> None:
    """End the process when not all *count* messages were accepted."""
    if sum(accepted) != count:
        sys.exit("A message was not accepted; the figures would mean nothing.")


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
