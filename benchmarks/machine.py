"""What a figure was measured on; a figure without it says nothing."""

import os
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any


def describe(packages: Sequence[str]) -> dict[str, Any]:
    """Name the machine, and the versions of *packages*."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
        "load_1_min": round(os.getloadavg()[0], 1),
    }


def two_cores() -> tuple[int, int]:
    """Choose a core for the server and another for whoever loads it.

    Raises:
        SystemExit: there is only one, or the system lets nobody choose (Linux does).

    """
    if not hasattr(os, "sched_getaffinity"):
        sys.exit("This benchmark gives server and client a core each, which needs Linux.")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("This benchmark gives server and client a core each; here is only one.")
    return cores[0], cores[1]


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
