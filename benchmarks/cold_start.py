"""How long does an instance import before it can serve, beside what the platform itself imports?

The floor is firebase-functions with the kinds of trigger we have, and firebase-admin: a deployment
in Python imports them whatever it does. Fresh processes, interleaved; files are compiled and in the
page cache, which those of a new instance need not be.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path

from benchmarks import machine

FUNCTIONS = Path(__file__).parents[1] / "functions"
RESULT = Path(__file__).parent / "results/cold_start.json"

TRIGGERS = ["firestore_fn", "https_fn", "tasks_fn", "scheduler_fn", "options"]
MODULES = [*(f"firebase_functions.{name}" for name in TRIGGERS), "firebase_admin"]
FLOOR = f"import {', '.join(MODULES)}"
IMPORTS = {"floor": FLOOR, "main.py": "import main"}
TIMED = """
import json, time
wall, cpu = time.perf_counter(), time.process_time()
{statement}
print(json.dumps([(time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3]))
"""
LIMIT = 1.15
"""How much main.py may take, as a multiple of the floor."""
LEAST_SHOWN_MS = 0.5
_IMPORTED = r"^import time: +(\d+) \| +\d+ \| +(\S+)$"


def main() -> None:
    """Measure, print a table, write results/cold_start.json; exit 1 above the limit."""
    options = _options()
    _run("-m", "compileall", "-q", "main.py", "firebell")
    rounds: dict[str, list[list[float]]] = {name: [] for name in IMPORTS}
    for _ in range(options.rounds):
        for name, statement in IMPORTS.items():
            rounds[name].append(json.loads(_run("-c", TIMED.format(statement=statement)).stdout))
    walls = {name: _spread([wall for wall, _ in found]) for name, found in rounds.items()}
    cpus = {name: _spread([cpu for _, cpu in found]) for name, found in rounds.items()}
    result = {
        "machine": machine.describe(["firebase-functions", "firebase-admin", "pycurl"]),
        "rounds": options.rounds,
        "wall_ms": walls,
        "cpu_ms": cpus,
        "main_to_floor": round(walls["main.py"]["median"] / walls["floor"]["median"], 3),
        "main_to_floor_cpu": round(cpus["main.py"]["median"] / cpus["floor"]["median"], 3),
        "ms_beyond_the_floor": breakdown(options.rounds),
    }
    options.output.write_text(json.dumps(result, indent=2) + "\n")
    for name, wall in walls.items():
        print(f"{name:12} {wall['median']:7.1f} ms ({wall['least']}-{wall['most']})")
    print(f"main.py / floor: {result['main_to_floor']} (CPU {result['main_to_floor_cpu']})\n")
    for package, ms in result["ms_beyond_the_floor"].items():
        print(f"{ms:7.1f} ms {package}")
    if result["main_to_floor"] > LIMIT:
        sys.exit(f"main.py takes more than {LIMIT} times the floor.")


def breakdown(rounds: int) -> dict[str, float]:
    """Return what main.py imports beyond the floor: each package's own ms, the median of *rounds*.

    `-X importtime` makes imports dearer, so these tell where time goes rather than how much.
    """
    found = [_beyond_the_floor() for _ in range(rounds)]
    packages = {package for one in found for package in one}
    medians = {name: statistics.median(one[name] for one in found) / 1e3 for name in packages}
    shown = {name: round(ms, 1) for name, ms in medians.items() if ms >= LEAST_SHOWN_MS}
    return dict(sorted(shown.items(), key=lambda item: -item[1]))


def _beyond_the_floor() -> Counter[str]:
    """Sum the modules' own µs by package: ours by layer, others by their first names."""
    floor = {name for name, _ in _imports(FLOOR)}
    spent: Counter[str] = Counter()
    for name, own_us in _imports(f"{FLOOR}; import main"):
        if name not in floor:
            spent[_package(name)] += own_us
    return spent


def _imports(statement: str) -> list[tuple[str, int]]:
    log = _run("-X", "importtime", "-c", statement).stderr
    return [(name, int(own)) for own, name in re.findall(_IMPORTED, log, re.MULTILINE)]


def _package(module: str) -> str:
    parts = module.split(".")
    if parts[0] == "firebell":
        return "firebell.core" if parts[1:2] == ["core"] else "firebell"
    return ".".join(parts[:3]) if parts[0] == "google" else parts[0]


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=FUNCTIONS,
        env={**os.environ, "GCLOUD_PROJECT": "demo-bench"},
    )


def _spread(values: list[float]) -> dict[str, float]:
    spread = {"median": statistics.median(values), "least": min(values), "most": max(values)}
    return {name: round(value, 1) for name, value in spread.items()}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold_start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--output", type=Path, default=RESULT)
    return parser.parse_args()


if __name__ == "__main__":
    main()
