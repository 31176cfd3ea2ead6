"""A local server that behaves like Firebase Cloud Messaging's HTTP v1 API.

A request to send walks one way, and any step may end it with a reply of `errors`:

    app ──► sending ──► contract ──► reading ──► fields, scalars   JSON to the types of `schema`
                │           ├──────► rules, condition              FCM's own rules
                │           └──────► payload                       limits per platform
                └─────► ledger                                     devices, messages, faults

Beside it, `control` serves the emulator's own endpoints and `display` tells what a device would
show. Only `ledger` keeps state and reads the clock; only `app`, `control` and `http` know HTTP.
`client` is for tests and demos and needs the standard library only.
"""
