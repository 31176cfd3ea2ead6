"""What does a message cost the sender in CPU time, and how many go out a second from one core?

The same messages by Firebell, by firebase-admin, by the Django packages that use it, and by h2load,
which sends ready-made bytes and is the physical limit. The server answers as FCM does, after a
delay, over TLS, from a core of its own; each round is a fresh process on the other core, rounds
interleaved. Firestore has no part in it, SQLite in the Django packages' has.
"""

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine, send_server, sending
from benchmarks.send_server import Server

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".stack/peers/bin/python"
RESULT = Path(__file__).parent / "results/send_cost.json"
H2LOAD = "h2load"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A row of the table: how many messages a round sends, and how many at a time."""

    name: str
    module: str = "benchmarks.send_clients"
    python: Path = Path(sys.executable)
    messages: int = 2_000
    at_once: int = sending.BATCH


DJANGO = "benchmarks.send_django_clients"
CLIENTS = [
    Client(name="firebell", messages=20_000, at_once=5_000),
    Client(name="firebell, each its own text", messages=20_000, at_once=5_000),
    Client(name="send_each"),
    Client(name="send_each_async"),
    Client(name="fcm-django", module=DJANGO, python=PEERS),
    Client(name="django-push-notifications", module=DJANGO, python=PEERS),
    Client(name=H2LOAD, messages=40_000),
]


def main() -> None:
    """Measure, print a table, write results/send_cost.json."""
    options = _options()
    server_core, client_core = machine.two_cores()
    _require_peers()
    rounds: dict[str, list[dict[str, Any]]] = {client.name: [] for client in CLIENTS}
    with send_server.running(delay_ms=0, core=server_core) as server:
        limit = _round(CLIENTS[-1], server, client_core)["messages_per_s"]
    with send_server.running(delay_ms=options.delay_ms, core=server_core) as server:
        for _ in range(options.rounds):
            for client in CLIENTS:
                rounds[client.name].append(_round(client, server, client_core))
    result = _result(options, rounds) | {"server_limit_messages_per_s": round(limit)}
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    _print(result)


def _round(client: Client, server: Server, core: int) -> dict[str, Any]:
    cpu_s, server_cpu_s = _children_cpu_s(), server.cpu_s()
    command = _h2load(client, server) if client.name == H2LOAD else _python(client, server)
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=ROOT,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(["functions", "fcm_emulator/src", "."]),
            "SSL_CERT_FILE": str(server.authority),
            "REQUESTS_CA_BUNDLE": str(server.authority),
            "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",  # nobody reads or writes there
        },
    )
    if done.returncode != 0:
        sys.exit(f"{client.name} failed:\n{done.stderr}")
    if client.name == H2LOAD:
        found = _read_h2load(done.stdout, client, cpu_s=_children_cpu_s() - cpu_s)
    else:
        found = json.loads(done.stdout)
    sent = client.messages + (0 if client.name == H2LOAD else client.at_once)  # the warm-up
    found["server_us"] = (server.cpu_s() - server_cpu_s) * 1e6 / sent
    return found


def _python(client: Client, server: Server) -> list[str]:
    command = [str(client.python), "-m", client.module, client.name, server.address]
    return [*command, str(client.messages), str(client.at_once)]


def _h2load(client: Client, server: Server) -> list[str]:
    """Let h2load post one ready-made message over as many streams as Firebell has."""
    body = send_server.STATE / "message.json"
    body.write_text(json.dumps(sending.plain_message()))
    url = f"https://{server.address}/v1/projects/{sending.PROJECT}/messages:send"
    limits = ["--requests", str(client.messages), "--clients", "10", "--max-concurrent-streams"]
    headers = ["--header", "authorization: Bearer owner"]
    return [H2LOAD, *limits, "100", *headers, "--data", str(body), url]


def _read_h2load(output: str, client: Client, *, cpu_s: float) -> dict[str, Any]:
    rate = re.search(r"finished in .*?, ([\d.]+) req/s", output)
    if rate is None or f"{client.messages} succeeded" not in output:
        sys.exit(f"h2load failed:\n{output}")
    version = subprocess.run([H2LOAD, "--version"], check=True, capture_output=True, text=True)
    return {
        "cpu_ms_per_1000": cpu_s * 1e6 / client.messages,
        "messages_per_s": float(rate.group(1)),
        "packages": {"nghttp2": version.stdout.split("/")[-1].strip()},
    }


def _result(options: argparse.Namespace, rounds: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    costs = {name: _spread(found, "cpu_ms_per_1000", 1) for name, found in rounds.items()}
    rates = {name: _spread(found, "messages_per_s", 0) for name, found in rounds.items()}
    server_us = {name: _spread(found, "server_us", 1)["median"] for name, found in rounds.items()}
    medians = {name: cost["median"] for name, cost in costs.items()}
    clients = {
        client.name: {
            "cpu_ms_per_1000": costs[client.name],
            "times_cheaper_than_send_each": _ratio(medians["send_each"], medians[client.name]),
            "times_dearer_than_h2load": _ratio(medians[client.name], medians[H2LOAD]),
            "messages_per_s": rates[client.name],
            "server_core_busy": round(
                server_us[client.name] * rates[client.name]["median"] / 1e6, 2
            ),
            "messages": client.messages,
            "at_once": client.at_once,
            "packages": rounds[client.name][0]["packages"],
        }
        for client in CLIENTS
    }
    return {
        "machine": machine.describe([]),
        "server": f"net/http of {send_server.go_version()}",
        "server_delay_ms": options.delay_ms,
        "rounds": options.rounds,
        "clients": clients,
    }


def _print(result: dict[str, Any]) -> None:
    delay_ms, rounds = result["server_delay_ms"], result["rounds"]
    limit, load = result["server_limit_messages_per_s"], result["machine"]["load_1_min"]
    print(f"Server delay {delay_ms} ms, {rounds} rounds, load {load}.", end=" ")
    print(f"Without delay h2load gets {limit:,} messages a second from it.\n")
    head = "CPU ms per 1,000 (least-most)  x send_each  x h2load   messages/s  server core busy"
    print(f"{'client':28} {head}")
    for name, row in result["clients"].items():
        cost = row["cpu_ms_per_1000"]
        spread = f"({cost['least']}-{cost['most']})"
        print(
            f"{name:28} {cost['median']:9.1f} {spread:>18}"
            f" {row['times_cheaper_than_send_each']:13.1f} {row['times_dearer_than_h2load']:9.1f}"
            f" {row['messages_per_s']['median']:12,.0f} {row['server_core_busy']:17.0%}"
        )


def _spread(rounds: list[dict[str, Any]], name: str, digits: int) -> dict[str, float]:
    values = [found[name] for found in rounds]
    spread = {"median": statistics.median(values), "least": min(values), "most": max(values)}
    return {name: round(value, digits) for name, value in spread.items()}


def _ratio(one: float, other: float) -> float:
    return round(one / other, 1)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _require_peers() -> None:
    if not PEERS.exists() or shutil.which(H2LOAD) is None:
        sys.exit("The peers are missing; benchmarks/README.md says how to install them.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.send_cost", description=__doc__)
    parser.add_argument("--delay-ms", type=int, default=50, help="from a request to its answer")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--output", type=Path, default=RESULT)
    return parser.parse_args()


if __name__ == "__main__":
    main()
