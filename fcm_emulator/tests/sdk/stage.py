"""The same scene for every SDK: devices, some of which FCM fails for, and who sends to them."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target, new_fid, new_legacy_token

# What fails for a device of its own each; the last of them after the SDK's own retries.
FAULTS = (
    "UNREGISTERED",
    "INVALID_ARGUMENT",
    "SENDER_ID_MISMATCH",
    "QUOTA_EXCEEDED",
    "PROJECT_QUOTA",
    "THIRD_PARTY_AUTH_ERROR",
    "UNAVAILABLE",
)
TOPIC = "news"
# A compiler may have to start first, on a busy machine.
_PROGRAM_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Targets in one project of the emulator."""

    fcm: EmulatorClient
    phone: Target
    old_phone: Target
    missing: Target
    failing: Mapping[str, Target]

    def run(self, command: Sequence[str], folder: Path, **env: str) -> Any:
        """Run a program that reads the scene from stdin and writes what came of it to stdout."""
        plan = {
            "address": self.fcm.address,
            "project": self.fcm.project,
            "phone": self.phone.value,
            "oldPhone": self.old_phone.value,
            "missing": self.missing.value,
            "topic": TOPIC,
            "failing": {fault: target.value for fault, target in self.failing.items()},
        }
        ended = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "FCM_EMULATOR_HOST": self.fcm.address, **env},
            input=json.dumps(plan),
            capture_output=True,
            text=True,
            timeout=_PROGRAM_TIMEOUT_S,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        # Maven puts colour codes around what a program writes.
        return json.JSONDecoder().raw_decode(ended.stdout, ended.stdout.index("{"))[0]

    def sent_to(self, target: Target) -> list[str]:
        """Name what *target* received, in order."""
        return [received.name for received in self.fcm.messages(target)]


def set_stage(fcm: EmulatorClient) -> Stage:
    """Register the devices and script the faults."""
    stage = Stage(
        fcm=fcm,
        phone=new_fid(),
        old_phone=new_legacy_token(),
        missing=new_fid(),
        failing={fault: new_fid() for fault in FAULTS},
    )
    for target in (stage.phone, stage.old_phone, *stage.failing.values()):
        fcm.register_device(target, "android")
    for fault, target in stage.failing.items():
        fcm.fault(fault, target=target)
    return stage


def need(what: str, is_there: bool) -> None:
    """Skip the test without *what*, or fail it where everything is required."""
    if is_there:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"REQUIRE_ALL=1, and there is no {what}")
    pytest.skip(f"no {what} here")


def need_wish(variable: str, sdk: str) -> None:
    """Skip the test unless *variable* asks for it: its tools need minutes on a fresh machine."""
    if os.environ.get(variable) != "1":
        pytest.skip(f"{variable}=1 runs the {sdk} SDK")
