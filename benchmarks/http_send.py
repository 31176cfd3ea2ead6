"""How long does a backend wait for `POST /v1/notifications`, once the function is warm?

functions-framework serves the function as Cloud Run does, Firestore and Auth are the emulators that
the environment names. One caller, one request after another, on a connection that is kept.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from benchmarks import machine
from tests.integration.doors import Doors
from tests.integration.identity import sign_in
from tests.integration.scene import fresh_project

OUTPUT = Path(__file__).parent / "results/http_send.json"
PACKAGES = ("firebase-functions", "functions-framework", "flask", "google-cloud-firestore")
EMULATORS = ("FIRESTORE_EMULATOR_HOST", "FIREBASE_AUTH_EMULATOR_HOST", "FCM_EMULATOR_HOST")
WARM_UP = 50
LIMIT_S = 60.0
NOTIFICATION = {"title": "Shipped", "body": "Your order is on its way", "link": "/orders/17"}


def main() -> None:
    """Measure, print a table, write results/http_send.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    if missing := [name for name in EMULATORS if not os.environ.get(name)]:
        sys.exit(f"Start the emulators first, and set {', '.join(missing)}.")
    described = machine.describe(PACKAGES)
    with tempfile.TemporaryDirectory() as logs:
        doors = Doors(fresh_project(), Path(logs))
        try:
            results = measure(doors, options.requests)
        finally:
            doors.close()
    for name, result in results.items():
        print(f"{name:34} p50 {result['p50_ms']:7.1f} ms   p99 {result['p99_ms']:7.1f} ms")
    said = {"machine": described, "results": results}
    options.output.write_text(json.dumps(said, indent=2) + "\n")


def measure(doors: Doors, count: int) -> dict[str, dict[str, Any]]:
    """Return what each kind of request takes."""
    url = f"{doors.url('api', CALLS_PER_MINUTE='0')}v1/"
    session = requests.Session()
    id_token = sign_in("backend", project=doors.project, senderUntil=2**40)
    session.headers["Authorization"] = f"Bearer {id_token}"
    one = {"uid": "ada", "notification": NOTIFICATION}
    many = {"uids": [f"user-{n}" for n in range(500)], "notification": NOTIFICATION}

    def send(body: Any, key: str | None = None) -> None:
        headers = {} if key is None else {"Idempotency-Key": key}
        answer = session.post(f"{url}notifications", json=body, headers=headers, timeout=LIMIT_S)
        answer.raise_for_status()

    def describe(_: int) -> None:
        session.get(f"{url}openapi.json", timeout=LIMIT_S).raise_for_status()

    kinds: dict[str, tuple[Callable[[int], None], int]] = {
        "no work: GET /v1/openapi.json": (describe, count),
        "one user": (lambda _: send(one), count),
        "one user, Idempotency-Key": (lambda n: send(one, f"one {n}"), count),
        "the same key again": (lambda _: send(one, "one 0"), count),
        "500 users": (lambda _: send(many), count // 20),
        "500 users, Idempotency-Key": (lambda n: send(many, f"many {n}"), count // 20),
    }
    return {name: timed(act, times) for name, (act, times) in kinds.items()}


def timed(act: Callable[[int], None], times: int) -> dict[str, Any]:
    """Return the distribution of what *act* takes, *times* measured after a warm-up."""
    for number in range(-min(WARM_UP, times), 0):
        act(number)
    taken_ms = []
    for number in range(times):
        begun = time.perf_counter()
        act(number)
        taken_ms.append((time.perf_counter() - begun) * 1_000)
    cuts = statistics.quantiles(taken_ms, n=100, method="inclusive")
    return {
        "requests": times,
        "p50_ms": round(cuts[49], 2),
        "p99_ms": round(cuts[98], 2),
        "longest_ms": round(max(taken_ms), 2),
    }


if __name__ == "__main__":
    main()
