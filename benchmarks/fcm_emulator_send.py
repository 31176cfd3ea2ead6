"""How many sends a second does the FCM emulator take on one core, and does its memory stay flat?"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import pycurl

from benchmarks import machine
from fcm_emulator.client import EmulatorClient
from fcm_emulator.pytest_plugin import free_port, start_emulator, stop_emulator
from fcm_emulator.targets import Target, new_fid

PROJECT = "demo-benchmark"
# As many as FCM allows on one connection, and what one SDK process would have in flight.
STREAMS = 100
DEVICES = 100
STARTS = 5
MEMORY_MARKS_PERCENT = (10, 50, 100)


# The limits are counted, as always, but never met.
BEYOND_REACH = "1000000000"
LIMITS = (
    "--messages-per-minute",
    "--android-messages-per-minute",
    "--android-messages-per-hour",
    "--collapsible-burst",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One uninterrupted run of sends."""

    messages: int
    sends_per_s: float
    cpu_us_per_send: float


def main() -> None:
    """Measure, print a table, write results/fcm_emulator_send.json."""
    options = _options()
    server_core, client_core = machine.two_cores()
    os.sched_setaffinity(0, {client_core})
    starts = measure_starts()
    with emulator(server_core) as (process, address):
        client = EmulatorClient(address, PROJECT)
        bodies = [_body(fid) for fid in _devices(client)]
        run(process, address, bodies, 2_000)
        rss_before = process.memory_info().rss
        rounds, rss_at = measure_sends(process, address, bodies, options.messages)
    result = {
        "machine": machine.describe(["fcm-emulator", "granian", "msgspec", "starlette", "pycurl"]),
        "validation": True,
        "streams": STREAMS,
        "body_bytes": len(bodies[0]),
        "messages": options.messages,
        "sends_per_s": round(statistics.median(r.sends_per_s for r in rounds)),
        "cpu_us_per_send": round(statistics.median(r.cpu_us_per_send for r in rounds), 1),
        "rss_mib": {"idle": _mib(rss_before)} | {f"{p} %": _mib(v) for p, v in rss_at.items()},
        "start_s": starts,
        "rounds": [asdict(r) for r in rounds],
    }
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    show(result)


def measure_sends(
    process: psutil.Process, address: str, bodies: list[bytes], messages: int
) -> tuple[list[Round], dict[int, int]]:
    """Send *messages* in ten rounds and note the memory on the way, in bytes by percent."""
    rounds, rss_at = [], {}
    for percent in range(10, 101, 10):
        rounds.append(run(process, address, bodies, messages // 10))
        if percent in MEMORY_MARKS_PERCENT:
            rss_at[percent] = process.memory_info().rss
    return rounds, rss_at


def run(process: psutil.Process, address: str, bodies: list[bytes], messages: int) -> Round:
    """Send *messages* over one HTTP/2 connection, `STREAMS` at a time."""
    cpu_before, begun = _cpu_s(process), time.perf_counter()
    _send_all(f"http://{address}/v1/projects/{PROJECT}/messages:send", bodies, messages)
    taken_s, cpu_s = time.perf_counter() - begun, _cpu_s(process) - cpu_before
    return Round(
        messages=messages,
        sends_per_s=messages / taken_s,
        cpu_us_per_send=cpu_s / messages * 1e6,
    )


def measure_starts() -> dict[str, float]:
    """Time from the command to its first open port: the median of `STARTS`, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        tls = ["--tls-port", str(free_port()), "--state-dir"]
        return {
            "plain": _median_start([[]] * STARTS),
            "with_tls_first": _median_start([[*tls, f"{folder}/{n}"] for n in range(STARTS)]),
            "with_tls_again": _median_start([[*tls, f"{folder}/0"]] * STARTS),
        }


@contextmanager
def emulator(core: int) -> Iterator[tuple[psutil.Process, str]]:
    """Run an emulator that has *core* for itself as far as we are concerned."""
    started, address = start_emulator(*(part for name in LIMITS for part in (name, BEYOND_REACH)))
    try:
        for thread in Path(f"/proc/{started.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})
        yield psutil.Process(started.pid), address
    finally:
        stop_emulator(started)


def show(result: dict[str, Any]) -> None:
    """Print the result for people."""
    found = result["machine"]
    print(f"{found['cpu']}, {found['cores']} cores, Python {found['python']}")
    print(f"{result['messages']:,} sends with validation, {STREAMS} streams on one connection")
    print(f"  sends per second, server on one core  {result['sends_per_s']:>10,}")
    print(f"  CPU per send                          {result['cpu_us_per_send']:>10} µs")
    for mark, mib in result["rss_mib"].items():
        print(f"  resident memory, {mark:<20} {mib:>10} MiB")
    for kind, seconds in result["start_s"].items():
        print(f"  start, {kind.replace('_', ' '):<30} {seconds:>10} s")


def _send_all(url: str, bodies: list[bytes], messages: int) -> None:
    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_MULTIPLEX)
    multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, 1)
    for _ in range(STREAMS):
        multi.add_handle(_handle(url, bodies[0]))
    begun, ended = STREAMS, 0
    while ended < messages:
        multi.perform()
        _, succeeded, failed = multi.info_read()
        if failed:
            sys.exit(f"a send failed: {failed[0][2]}")
        for handle in succeeded:
            if handle.getinfo(pycurl.RESPONSE_CODE) != 200:
                sys.exit(f"the emulator answered {handle.getinfo(pycurl.RESPONSE_CODE)}")
            multi.remove_handle(handle)
            if begun < messages:
                handle.setopt(pycurl.POSTFIELDS, bodies[begun % len(bodies)])
                multi.add_handle(handle)
                begun += 1
        ended += len(succeeded)
        if not succeeded:
            multi.select(0.1)
    multi.close()


def _handle(url: str, body: bytes) -> Any:
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
    handle.setopt(pycurl.PIPEWAIT, 1)
    headers = ["Authorization: Bearer owner", "Content-Type: application/json"]
    handle.setopt(pycurl.HTTPHEADER, headers)
    handle.setopt(pycurl.POSTFIELDS, body)
    handle.setopt(pycurl.WRITEFUNCTION, len)
    return handle


def _devices(client: EmulatorClient) -> list[Target]:
    fids = [new_fid() for _ in range(DEVICES)]
    for fid in fids:
        client.register_device(fid, "android")
    return fids


def _body(fid: Target) -> bytes:
    message = {
        "fid": fid.value,
        "notification": {"title": "Your order is on its way", "body": "It arrives before noon."},
        "data": {"order": "4711", "link": "/orders/4711"},
        "android": {
            "priority": "HIGH",
            "ttl": "86400s",
            "collapse_key": "order-4711",
            "notification": {"channel_id": "orders", "tag": "4711", "color": "#112233"},
        },
        "apns": {"headers": {"apns-priority": "10"}, "payload": {"aps": {"badge": 1}}},
        "webpush": {"headers": {"TTL": "86400"}, "notification": {"icon": "/icon.png"}},
        "fcm_options": {"analytics_label": "orders"},
    }
    return json.dumps({"message": message}).encode()


def _median_start(commands: list[list[str]]) -> float:
    taken = []
    for options in commands:
        begun = time.perf_counter()
        process, _ = start_emulator(*options)
        taken.append(time.perf_counter() - begun)
        stop_emulator(process)
    return round(statistics.median(taken), 3)


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _mib(size_bytes: int) -> float:
    return round(size_bytes / 2**20, 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000, help="sends in all (%(default)s)")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(__file__).parent / "results" / "fcm_emulator_send.json",
        help="file for the result as JSON",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
