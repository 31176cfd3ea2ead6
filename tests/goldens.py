"""The notifications whose messages are written down in tests/unit/golden, one file per platform."""

import json
from pathlib import Path
from typing import Any

from firebell.core import parse, payloads, templates
from firebell.core.model import Platform
from tests.builders import NOW, a_device, a_recipient, a_template, some_content

GOLDEN = Path(__file__).parent / "unit/golden"

DOCUMENTS: dict[str, dict[str, Any]] = {
    "full": some_content(),
    "bare": {"message": "Dinner is ready"},
    "silent": {"data": {"sync": "orders"}, "badge": 3},
    "localized": {
        "title": "Dinner",
        "body": "Dinner is ready",
        "localizations": {"de": {"body": "Das Essen ist fertig"}, "tr": {"body": "Yemek geldi"}},
    },
    "template": {
        "template": "order",
        "params": {"order": 7, "table": "{{order}}", "price": 12.0, "paid": True},
        "category": "kitchen",
        "data": {"kind": "dinner"},
    },
    "urgent": {"body": "Fire in the kitchen", "urgent": True, "priority": "normal"},
}
"""What backends write: each as an outbox document for devices that speak Austrian German."""

PLATFORMS: tuple[Platform, ...] = ("android", "ios", "web")
CASES: tuple[tuple[str, Platform], ...] = tuple(
    (name, platform)
    for name in DOCUMENTS
    for platform in PLATFORMS
    if (name, platform) != ("silent", "web")  # policy lets no silent notification reach a browser
)
NAMES = [f"{platform}_{name}" for name, platform in CASES] + ["web_firebase", "web_firebase_bare"]


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def built(name: str, platform: Platform, *, firebase_worker: bool = False) -> Any:
    """Return the message of the document *name* as FCM reads it."""
    document = DOCUMENTS[name]
    if template := templates.named(document):
        document = templates.fill(document, a_template(), template)
    item = parse.outbox_item("n1", {**document, "uid": "ada", "inbox": False})
    device = a_device(platform=platform)
    sent = payloads.payloads(
        item.notification,
        [device],
        recipient=a_recipient(device),
        now=NOW,
        firebase_worker=firebase_worker,
    )
    return json.loads(sent[device])
