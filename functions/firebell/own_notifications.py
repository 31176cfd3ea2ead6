"""What users do with notifications of their own: try one, and tell that one was opened."""

import uuid
from typing import Any

from firebell.core import answers, calls, parse, trial
from firebell.errors import LimitReached, NotAllowed, NotFound
from firebell.services import Services


def send_test_notification(uid: str, body: Any, services: Services) -> dict[str, str]:
    """Send *uid* a notification of fixed words, to its devices and not into its inbox.

    It passes quiet hours and caps, as its user asks for it now.

    Raises:
        InvalidRequest: The call says anything.
        NotAllowed: The user was erased.
        LimitReached: More than `TESTS_PER_MINUTE` or `TESTS_PER_DAY`.
        Unavailable: Firestore cannot serve now.

    **Cost:** 1 read + 3 writes, then an outbox delivery's; 1 read + 1 write, or 2, over a limit.

    """
    calls.nothing(body)
    owner = parse.uid(uid)
    found = services.devices.read(owner)
    if found is not None and found[0].erased_at is not None:
        raise NotAllowed("user_erased", "sending a test notification")
    now = services.clock()
    for allowance in trial.allowances(owner, now=now):
        count = services.counters.increment(
            allowance.counter_id, expire_at=allowance.ends_at, uid=owner
        )
        if count > allowance.most:
            raise LimitReached(allowance.limit, trial.wait_s(allowance, now=now))
    notification_id = uuid.uuid4().hex
    services.outbox.create(notification_id, trial.document(owner))
    return {"notificationId": notification_id}


def record_open(uid: str, body: Any, services: Services) -> dict[str, str]:
    """Note that *uid* opened the notification of its inbox that *body* names.

    What is opened has been seen and read: `openedAt`, `readAt` and `seenAt` are set where they are
    not; the first time counts.

    Raises:
        InvalidRequest: Naming the field.
        NotFound: Its inbox has no such notification.
        Unavailable: Firestore cannot serve now.

    **Cost:** 1 read + 1 write; 1 read when it was opened before.

    """
    notification_id = calls.notification_id(body)
    opened_at = services.store.mark_opened(parse.uid(uid), notification_id, at=services.clock())
    if opened_at is None:
        raise NotFound("notification", notification_id)
    return {"openedAt": answers.time(opened_at)}
