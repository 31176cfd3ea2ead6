"""The unmodified Go admin SDK against the emulator, by its documented options.

Only by wish (FCM_SDK_GO=1): on a fresh machine its dependencies take minutes to fetch and compile.
"""

from fcm_emulator.tests.sdk.conftest import Act
from fcm_emulator.tests.sdk.stage import Stage


def test_the_go_sdk_sends_and_fails_as_it_does_at_google(stage: Stage, act_go: Act) -> None:
    found = act_go("sends")

    assert stage.sent_to(stage.phone) == [found["fid"], found["each"][0], found["multicast"][1]]
    assert stage.sent_to(stage.old_phone) == [found["token"], found["multicast"][0]]
    assert found["validated"] == f"projects/{stage.fcm.project}/messages/fake_message_id"
    assert found["each"][1] == found["multicast"][2] == "Unregistered"
    assert found["malformed"] == "InvalidArgument"
    assert found["failures"] == {
        "UNREGISTERED": "Unregistered",
        "INVALID_ARGUMENT": "InvalidArgument",
        "SENDER_ID_MISMATCH": "SenderIDMismatch",
        "QUOTA_EXCEEDED": "QuotaExceeded",
        "PROJECT_QUOTA": "ResourceExhausted",
        "THIRD_PARTY_AUTH_ERROR": "ThirdPartyAuthError",
        "UNAVAILABLE": "Unavailable",
    }
