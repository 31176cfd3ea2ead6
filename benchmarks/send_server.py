"""The server that send_cost.py sends to: Go's own HTTP/2, answering as FCM does after a delay."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fcm_emulator import certificates
from fcm_emulator.certificates import Certificates

SOURCE = Path(__file__).parent / "server"
STATE = Path(__file__).parents[1] / ".stack/benchmarks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: host:port, whom its clients must trust, its process."""

    address: str
    authority: Path
    process_id: int

    def cpu_s(self) -> float:
        """Return the CPU seconds it used so far."""
        fields = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def running(*, delay_ms: int, core: int) -> Iterator[Server]:
    """Run the server on *core* for the time of the block.

    Raises:
        SystemExit: Go is missing.

    """
    binary, pem = _build(), certificates.ensure(STATE)
    with subprocess.Popen(
        [binary, "-delay", f"{delay_ms}ms", *_options(pem)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it says there that clients hung up
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    ) as process:
        assert process.stdout is not None  # noqa: S101 - as Popen was told
        address = process.stdout.readline().strip()
        try:
            yield Server(address=address, authority=pem.authority, process_id=process.pid)
        finally:
            process.terminate()


def go_version() -> str:
    """Return what the server was built with."""
    return subprocess.run(
        [_go(), "env", "GOVERSION"], check=True, capture_output=True, text=True
    ).stdout.strip()


def _build() -> Path:
    binary = STATE / "server"
    subprocess.run([_go(), "build", "-o", binary, "."], check=True, cwd=SOURCE)
    return binary


def _go() -> str:
    found = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if found is None:
        sys.exit("send_cost.py's server is written in Go: install Go 1.24 or newer.")
    return found


def _options(pem: Certificates) -> list[str]:
    return ["-certificate", str(pem.server), "-key", str(pem.server_key)]
