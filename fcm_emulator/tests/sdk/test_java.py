"""The unmodified Java admin SDK against the emulator, through a transport that moves its calls.

Only by wish (FCM_SDK_JAVA=1): on a fresh machine Maven takes minutes to fetch it and its own parts.
"""

from fcm_emulator.tests.sdk.conftest import Act
from fcm_emulator.tests.sdk.stage import Stage


def test_the_java_sdk_sends_and_fails_as_it_does_at_google(stage: Stage, act_java: Act) -> None:
    found = act_java("sends")

    assert stage.sent_to(stage.phone) == [found["fid"], found["each"][0], found["multicast"][1]]
    assert stage.sent_to(stage.old_phone) == [found["token"], found["multicast"][0]]
    assert found["validated"] == f"projects/{stage.fcm.project}/messages/fake_message_id"
    assert found["each"][1] == found["multicast"][2] == "UNREGISTERED"
    assert found["malformed"] == "INVALID_ARGUMENT"
    assert found["failures"] == {
        "UNREGISTERED": "UNREGISTERED",
        "INVALID_ARGUMENT": "INVALID_ARGUMENT",
        "SENDER_ID_MISMATCH": "SENDER_ID_MISMATCH",
        "QUOTA_EXCEEDED": "QUOTA_EXCEEDED",
        # FCM's reply has no code of its own there; this is the error's canonical one.
        "PROJECT_QUOTA": "RESOURCE_EXHAUSTED",
        "THIRD_PARTY_AUTH_ERROR": "THIRD_PARTY_AUTH_ERROR",
        "UNAVAILABLE": "UNAVAILABLE",
    }
