"""Make the CloudEvent of a change to a Firestore document, and post it as Eventarc does.

The local Firestore emulator delivers each event once and in order; what production does besides
(the same event again, events out of order) is made with this.
"""

import base64
import uuid
from datetime import UTC, datetime
from typing import Any

import requests
from google.cloud.firestore_v1 import DocumentSnapshot, _helpers, types
from google.events.cloud import firestore as events

from tools import ports
from tools.servers import PROJECT

TYPE = "google.cloud.firestore.document.v1"
DATABASE = f"projects/{PROJECT}/databases/(default)"
REGION = "us-central1"
TIMEOUT_S = 60


def created(snapshot: DocumentSnapshot) -> tuple[dict[str, str], bytes]:
    """Return headers and body of the event that says *snapshot*'s document was created as it is."""
    return _event("created", None, snapshot)


def updated(before: DocumentSnapshot, after: DocumentSnapshot) -> tuple[dict[str, str], bytes]:
    """Return headers and body of the event that says a document was *before* and is *after*."""
    return _event("updated", before, after)


def written(
    before: DocumentSnapshot | None, after: DocumentSnapshot | None
) -> tuple[dict[str, str], bytes]:
    """Return headers and body of the event that says a document was *before* and is *after*.

    None stands for no document, as does the snapshot of one that does not exist.
    """
    return _event("written", before, after)


def post_to_emulator(function: str, snapshot: DocumentSnapshot) -> int:
    """Have the Functions emulator run *function* for *snapshot*'s creation; return the status."""
    trigger = f"{REGION}-{function}-0"
    url = f"http://{ports.HOST}:{ports.FUNCTIONS}/functions/projects/{PROJECT}/triggers/{trigger}"
    headers, body = created(snapshot)
    # The emulator takes protobuf bodies in base64, as its Firestore emulators post them.
    encoded = base64.b64encode(body)
    return requests.post(url, data=encoded, headers=headers, timeout=TIMEOUT_S).status_code


def _event(
    kind: str, before: DocumentSnapshot | None, after: DocumentSnapshot | None
) -> tuple[dict[str, str], bytes]:
    (path, *_) = [snapshot.reference.path for snapshot in (after, before) if snapshot is not None]
    change = {"value": _document(after), "old_value": _document(before)}
    data = events.DocumentEventData(**{name: found for name, found in change.items() if found})
    return _headers(kind, path), bytes(events.DocumentEventData.serialize(data))


def _document(snapshot: DocumentSnapshot | None) -> Any:
    if snapshot is None or not snapshot.exists:
        return None
    document = types.Document(
        name=f"{DATABASE}/documents/{snapshot.reference.path}",
        fields=_helpers.encode_dict(snapshot.to_dict()),
        create_time=snapshot.create_time,
        update_time=snapshot.update_time,
    )
    # Both packages generate their class from the same message, so the bytes are the same.
    return events.Document.deserialize(types.Document.serialize(document))


def _headers(kind: str, path: str) -> dict[str, str]:
    return {
        "content-type": "application/protobuf",
        "ce-specversion": "1.0",
        "ce-id": str(uuid.uuid4()),
        "ce-type": f"{TYPE}.{kind}",
        "ce-source": f"//firestore.googleapis.com/{DATABASE}",
        "ce-subject": f"documents/{path}",
        "ce-time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "ce-datacontenttype": "application/protobuf",
        "ce-location": REGION,
        "ce-project": PROJECT,
        "ce-database": "(default)",
        "ce-namespace": "(default)",
        "ce-document": path,
    }
