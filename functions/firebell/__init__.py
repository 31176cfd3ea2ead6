"""Firebell's Cloud Functions: one notification in, a message to every device, every outcome told.

    inbox document ── on_notification_created ─┐
    outbox document ─ on_outbox_created ───────┼─► delivery: read → decide → build → send → classify
    task (retry, due) ─ deliver ───────────────┘                                             → write

    POST /v1/notifications ─ api ─ http ─► one outbox document
    an app starts ─ register_device ─ registration ─► devices: recipient and targets together
    every minute ─ sweep ─► what is due ─► the `deliver` queue

Several doors, one corridor. `core` is pure, each outside service has one module, `main.py` declares
the doors.
"""
