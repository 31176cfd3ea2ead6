"""Firebell's Cloud Functions: a notification becomes FCM messages, and every device's outcome is written down.

    inbox document created ── on_notification_created ─┐
    outbox document created ─ on_outbox_created ───────┼─► delivery: read → decide → build → send → classify → write
    queue task (retry, due) ─ deliver ─────────────────┘              │      │        │       │      │          │
                                                                    store  policy   message  fcm   outcome    store
    POST /v1/notifications ── api ── http ── parse ──► store: one outbox document
    app registers a device ── register_device ── registration ──► store: recipient and target, one transaction
    every minute ──────────── sweep ──► store: what is due ──► tasks: the `deliver` queue

Several doors, one corridor. `core` is pure; one module per outside service; `main.py` declares the doors.
"""
