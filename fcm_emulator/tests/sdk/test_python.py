"""The unmodified Python admin SDK against the emulator, over a real socket."""

import firebase_admin
import pytest
from firebase_admin import exceptions, messaging

from fcm_emulator import redirect
from fcm_emulator.client import EmulatorClient
from fcm_emulator.targets import Target, new_fid


def a_message(target: Target) -> messaging.Message:
    return messaging.Message(
        fid=target.value,
        notification=messaging.Notification(title="Hello", body="World"),
        data={"a": "b"},
        android=messaging.AndroidConfig(
            priority="high",
            ttl=3600,
            notification=messaging.AndroidNotification(
                color="#112233", visibility="private", priority="high", vibrate_timings_millis=[5]
            ),
        ),
        apns=messaging.APNSConfig(
            headers={"apns-priority": "10"},
            payload=messaging.APNSPayload(messaging.Aps(badge=3, sound="default")),
        ),
        webpush=messaging.WebpushConfig(
            notification=messaging.WebpushNotification(title="Web"),
            fcm_options=messaging.WebpushFCMOptions(link="https://example.com/"),
        ),
        fcm_options=messaging.FCMOptions(analytics_label="label"),
    )


def test_the_sdk_sends_to_a_fid(
    app: firebase_admin.App, fcm: EmulatorClient, phone: Target
) -> None:
    name = messaging.send(a_message(phone), app=app)

    (received,) = fcm.messages(phone)
    assert received.name == name
    assert received.message["android"] == {
        "ttl": "3600s",
        "priority": "HIGH",
        "notification": {
            "color": "#112233",
            "notificationPriority": "PRIORITY_HIGH",
            "vibrateTimings": ["0.005000000s"],
            "visibility": "PRIVATE",
        },
    }
    assert received.shown == {"title": "Hello", "body": "World"}


def test_the_sdk_sends_to_a_registration_token(
    app: firebase_admin.App, fcm: EmulatorClient, old_phone: Target
) -> None:
    with pytest.warns(DeprecationWarning, match="token"):
        message = messaging.Message(token=old_phone.value, data={"a": "b"})

    assert messaging.send(message, app=app) == fcm.messages(old_phone)[0].name


def test_the_sdk_validates_without_sending(
    app: firebase_admin.App, fcm: EmulatorClient, phone: Target
) -> None:
    name = messaging.send(a_message(phone), dry_run=True, app=app)

    assert name == f"projects/{fcm.project}/messages/fake_message_id"
    assert fcm.messages() == []


def test_the_sdk_sends_each_of_a_batch(
    app: firebase_admin.App, fcm: EmulatorClient, phone: Target
) -> None:
    batch = messaging.send_each([a_message(phone), a_message(new_fid())], app=app)

    assert (batch.success_count, batch.failure_count) == (1, 1)
    assert isinstance(batch.responses[1].exception, messaging.UnregisteredError)


def test_the_sdk_finds_an_unknown_device_unregistered(app: firebase_admin.App) -> None:
    with pytest.raises(messaging.UnregisteredError) as caught:
        messaging.send(a_message(new_fid()), app=app)

    assert caught.value.code == exceptions.NOT_FOUND


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        ("UNREGISTERED", messaging.UnregisteredError, exceptions.NOT_FOUND),
        ("SENDER_ID_MISMATCH", messaging.SenderIdMismatchError, exceptions.PERMISSION_DENIED),
        ("THIRD_PARTY_AUTH_ERROR", messaging.ThirdPartyAuthError, exceptions.UNAUTHENTICATED),
        ("QUOTA_EXCEEDED", messaging.QuotaExceededError, exceptions.RESOURCE_EXHAUSTED),
        ("PROJECT_QUOTA", exceptions.ResourceExhaustedError, exceptions.RESOURCE_EXHAUSTED),
        ("INVALID_ARGUMENT", exceptions.InvalidArgumentError, exceptions.INVALID_ARGUMENT),
        ("IAM_PERMISSION_DENIED", exceptions.PermissionDeniedError, exceptions.PERMISSION_DENIED),
    ],
)
def test_the_sdk_raises_what_it_raises_against_google(
    app: firebase_admin.App,
    fcm: EmulatorClient,
    phone: Target,
    fault: str,
    error: type[exceptions.FirebaseError],
    code: str,
) -> None:
    fcm.fault(fault)

    with pytest.raises(exceptions.FirebaseError) as caught:
        messaging.send(a_message(phone), app=app)

    assert type(caught.value) is error
    assert caught.value.code == code


@pytest.mark.parametrize("fault", ["UNAVAILABLE", "INTERNAL"])
def test_the_sdk_tries_again_when_fcm_fails_once(
    app: firebase_admin.App, fcm: EmulatorClient, phone: Target, fault: str
) -> None:
    fcm.fault(fault, times=1)

    messaging.send(a_message(phone), app=app)

    assert len(fcm.messages(phone)) == 1


def test_the_sdk_waits_as_retry_after_says(
    app: firebase_admin.App, fcm: EmulatorClient, phone: Target
) -> None:
    fcm.fault("QUOTA_EXCEEDED", times=1, retry_after_s=1)

    messaging.send(a_message(phone), app=app)

    assert len(fcm.messages(phone)) == 1


def test_the_sdk_passes_on_what_it_does_not_check_itself(
    app: firebase_admin.App, phone: Target
) -> None:
    message = messaging.Message(fid=phone.value, data={"from": "x"})

    with pytest.raises(exceptions.InvalidArgumentError, match="Invalid data payload key: from"):
        messaging.send(message, app=app)


def test_outside_the_block_the_sdk_speaks_to_google() -> None:
    with redirect.redirected("127.0.0.1:1"):
        assert messaging._MessagingService.FCM_URL.startswith("http://127.0.0.1:1/")

    assert messaging._MessagingService.FCM_URL.startswith("https://fcm.googleapis.com/")
