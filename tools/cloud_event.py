"""Make the CloudEvent of a created Firestore document, and post it as Eventarc does.

The local Firestore emulator delivers each event once and in order; what production does besides
(the same event again, events out of order) is made with this.
"""

import base64
import uuid
from datetime import UTC, datetime

import requests
from google.cloud.firestore_v1 import DocumentSnapshot, _helpers, types
from google.events.cloud import firestore as events

from tools import ports
from tools.servers import PROJECT

CREATED = "google.cloud.firestore.document.v1.created"
DATABASE = f"projects/{PROJECT}/databases/(default)"
REGION = "us-central1"
TIMEOUT_S = 60


def created(snapshot: DocumentSnapshot) -> tuple[dict[str, str], bytes]:
    """Return headers and body of the event that says *snapshot*'s document was created as it is."""
    path = snapshot.reference.path
    document = types.Document(
        name=f"{DATABASE}/documents/{path}",
        fields=_helpers.encode_dict(snapshot.to_dict()),
        create_time=snapshot.create_time,
        update_time=snapshot.update_time,
    )
    # Both packages generate their class from the same message, so the bytes are the same.
    value = events.Document.deserialize(types.Document.serialize(document))
    body = events.DocumentEventData.serialize(events.DocumentEventData(value=value))
    return _headers(path), bytes(body)


def post_to_emulator(function: str, snapshot: DocumentSnapshot) -> int:
    """Have the Functions emulator run *function* for *snapshot*'s creation; return the status."""
    trigger = f"{REGION}-{function}-0"
    url = f"http://{ports.HOST}:{ports.FUNCTIONS}/functions/projects/{PROJECT}/triggers/{trigger}"
    headers, body = created(snapshot)
    # The emulator takes protobuf bodies in base64, as its Firestore emulators post them.
    encoded = base64.b64encode(body)
    return requests.post(url, data=encoded, headers=headers, timeout=TIMEOUT_S).status_code


def _headers(path: str) -> dict[str, str]:
    return {
        "content-type": "application/protobuf",
        "ce-specversion": "1.0",
        "ce-id": str(uuid.uuid4()),
        "ce-type": CREATED,
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
