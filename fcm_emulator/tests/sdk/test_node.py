"""The unmodified Node admin SDK against the emulator, through the helper that the package ships."""

import shutil
import subprocess
from pathlib import Path

from fcm_emulator.tests.sdk.conftest import Act
from fcm_emulator.tests.sdk.stage import Stage


def test_the_node_sdk_sends_and_fails_as_it_does_at_google(stage: Stage, act_node: Act) -> None:
    found = act_node("sends")

    gone = "messaging/installation-id-not-registered"
    assert stage.sent_to(stage.phone) == [
        found["fid"],
        found["each"][0],
        found["multicast"][1],
        found["overHttp1"][0],
    ]
    assert stage.sent_to(stage.old_phone) == [found["token"], found["multicast"][0]]
    assert found["validated"] == f"projects/{stage.fcm.project}/messages/fake_message_id"
    assert found["each"][1] == found["multicast"][2] == gone
    assert found["malformed"] == "messaging/invalid-argument"
    assert found["failures"] == {
        "UNREGISTERED": gone,
        "INVALID_ARGUMENT": "messaging/invalid-argument",
        "SENDER_ID_MISMATCH": "messaging/mismatched-credential",
        "QUOTA_EXCEEDED": "messaging/message-rate-exceeded",
        "PROJECT_QUOTA": "messaging/message-rate-exceeded",
        "THIRD_PARTY_AUTH_ERROR": "messaging/third-party-auth-error",
        "UNAVAILABLE": "messaging/server-unavailable",
    }


def test_without_an_address_the_helper_says_what_it_needs(node: list[str]) -> None:
    ended = subprocess.run(
        [*node, "--eval", "0"],
        capture_output=True,
        text=True,
        env={"PATH": str(Path(shutil.which("node") or "").parent)},
        check=False,
        timeout=60,
    )

    assert ended.returncode == 1
    assert "FCM_EMULATOR_HOST must be host:port" in ended.stderr
