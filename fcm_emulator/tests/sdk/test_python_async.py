"""The unmodified Python admin SDK's asynchronous calls against the emulator, over a real socket."""

import firebase_admin
from firebase_admin import messaging

from fcm_emulator.tests.sdk.conftest import Run
from fcm_emulator.tests.sdk.stage import Stage

EXCEPTIONS = {
    "UNREGISTERED": "UnregisteredError",
    "INVALID_ARGUMENT": "InvalidArgumentError",
    "SENDER_ID_MISMATCH": "SenderIdMismatchError",
    "QUOTA_EXCEEDED": "QuotaExceededError",
    "PROJECT_QUOTA": "ResourceExhaustedError",
    "THIRD_PARTY_AUTH_ERROR": "ThirdPartyAuthError",
    "UNAVAILABLE": "UnavailableError",
}


def test_the_async_sdk_sends_and_fails_as_it_does_at_google(
    app: firebase_admin.App, stage: Stage, run_async: Run
) -> None:
    messages = [messaging.Message(fid=target.value) for target in stage.failing.values()]

    batch = run_async(
        messaging.send_each_async([messaging.Message(fid=stage.phone.value), *messages], app=app)
    )

    sent, *failed = batch.responses
    assert stage.sent_to(stage.phone) == [sent.message_id]
    raised = [type(response.exception).__name__ for response in failed]
    assert dict(zip(stage.failing, raised, strict=True)) == EXCEPTIONS


def test_the_async_sdk_sends_a_multicast(
    app: firebase_admin.App, stage: Stage, run_async: Run
) -> None:
    message = messaging.MulticastMessage(fids=[stage.phone.value, stage.missing.value])

    batch = run_async(messaging.send_each_for_multicast_async(message, app=app))

    assert (batch.success_count, batch.failure_count) == (1, 1)
    assert isinstance(batch.responses[1].exception, messaging.UnregisteredError)
