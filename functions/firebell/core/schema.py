"""The names and limits of Firebell's data; security rules and clients spell them the same."""

import re
from datetime import UTC, datetime
from typing import Final

# Collections, in the order of the data model.
SETTINGS: Final = "app-notifications"
INBOX: Final = "user-notifications"
BROADCAST_INBOX: Final = "broadcast-notifications"
ANNOUNCEMENT_STATE: Final = "announcement-state"
OUTBOX: Final = "outbox"
RECIPIENTS: Final = "recipients"
TARGETS: Final = "targets"
DELIVERIES: Final = "deliveries"
REQUESTS: Final = "requests"
COUNTERS: Final = "counters"
TOMBSTONES: Final = "tombstones"
CONFIG: Final = "config"
RUNTIME: Final = "runtime"
"""The document in `config` that an operator changes while functions run."""
TEMPLATES: Final = "templates"

OWNER_FIELDS: Final = frozenset({"seenAt", "readAt", "archivedAt", "openedAt"})
"""Fields of an inbox notification which its owner may set."""
OPENED_FIELDS: Final = ("openedAt", "readAt", "seenAt")
"""What opening a notification sets: who opened it has seen and read it."""

SETTINGS_FIELDS: Final = frozenset({"preferences", "quietHours", "locale", "inboxSeenAt"})
"""Fields of the settings document, written by its owner."""
DELIVERY_SETTINGS: Final = SETTINGS_FIELDS - {"inboxSeenAt"}
"""Those of them that delivery heeds: they are copied to the recipient."""
DEFAULT_CATEGORY: Final = "default"
"""Stands in preferences and caps for every category that is not named there."""
MAX_CATEGORIES: Final = 64
"""Categories in a user's preferences; as in the rules, which have to list them."""
TIME_OF_DAY: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z")
ZONE_NAME: Final = re.compile(r"[A-Za-z0-9_+/-]{1,64}\Z")
"""Form of a name in the IANA time zone database (its "Theory" page; its longest has 32)."""
LANGUAGE_TAG: Final = re.compile(r"(?=.{1,35}\Z)[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*\Z")
"""A BCP 47 tag of at most 35 characters, which its section 4.4.1 tells everybody to allow for."""

STAMPED_FIELDS: Final = ("createdAt", "readAt", "archivedAt")
"""Without these no ordered or unread query finds a document; set after delivery where absent."""

CONTENT_FIELDS: Final = frozenset(
    {
        *("title", "body", "message", "category", "priority", "urgent", "image", "link", "actions"),
        *("data", "sound", "badge", "collapseKey", "ttlSeconds", "expireAt", "push"),
        *("localizations", "template", "params"),
    }
)
"""What a sender may say about a notification."""

INBOX_FIELDS: Final = CONTENT_FIELDS | OWNER_FIELDS | {"id", "createdAt"}
OUTBOX_FIELDS: Final = CONTENT_FIELDS | {
    "id",
    "uid",
    "inbox",
    "validateOnly",
    "sendAt",
    "dueAt",
    "dueShard",
    "createdAt",
}

RESERVED_DATA_KEYS: Final = re.compile(
    r"(from|message_type|collapse_key|aps|gcm|gcm\.notification\..*|google.*|__.*__"
    r"|notificationId|firebell)\Z",
    re.DOTALL,
)
"""Keys of FCM (its ErrorCode and Message pages), APNs, Firestore and Firebell themselves."""
OWN_DATA_KEY: Final = "firebell"
"""Reserved key of a message's `data` under which Firebell speaks to receivers, in JSON."""
MAX_LOCALIZATIONS: Final = 64
"""Languages of one notification (Firebell's own bound)."""
PARAM_NAME: Final = re.compile(r"(?!__.*__\Z)\w{1,64}\Z")
"""Names of a template's parameters: letters, digits and '_' (Firebell's own form), but none that
Firestore refuses as the name of a field, `__.*__` ("Usage and limits")."""
INTEGERS: Final = 2**63
"""Firestore's integers have 64 bits and a sign ("Supported data types")."""
MAX_FILLED_CHARS: Final = 65_536
"""Characters of one text once its template is filled (Firebell's own bound)."""
MAX_FIELD_NAME_BYTES: Final = 1500
"""Firestore's limit for the name of a field or of a map's key ("Usage and limits")."""

DOCUMENT_ID: Final = re.compile(r"(?!\.{1,2}\Z)(?!__.*__\Z)[^/]+\Z", re.DOTALL)
"""Document ids Firestore accepts ("Usage and limits"); a uid's length is bounded below."""
MAX_DOCUMENT_ID_BYTES: Final = 1500
"""Firestore's limit for a document's id ("Usage and limits")."""
DELIVERY_ID: Final = re.compile(r"[0-9a-f]{32}\Z")
MAX_UID_CHARS: Final = 128
"""Firebase Authentication's limit on a uid, in characters ("Creating custom tokens")."""

RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})\Z"
)
"""Form of a time in JSON (RFC 3339 section 5.6); Firestore keeps microseconds of it."""
LATEST_TIME: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""Firestore's last whole second: google-api-core rounds a later fraction up, out of its range."""

FID: Final = re.compile(r"[cdef][\w-]{21}\Z", re.ASCII)
"""Form of a Firebase Installation ID, as the Firebase JS SDK generates and checks it."""
LEGACY_TOKEN: Final = re.compile(r"[A-Za-z0-9_:.%=-]{32,4096}\Z")
"""Characters and length (Firebell's own bounds) of a registration token; FCM documents neither."""

LINK: Final = re.compile(r"[^\x00-\x20\x7f]+\Z")
"""No white space, no control characters: browsers drop some of them, which hides a scheme."""
SCRIPT_LINK: Final = re.compile(r"(javascript|data|vbscript):", re.IGNORECASE)
"""Schemes that run what they carry in the page of whoever opens them."""

MAX_SEND_UIDS: Final = 500
"""Users of one `POST /v1/notifications` (Firebell's own bound)."""
MAX_NOTIFICATION_BYTES: Final = 65_536
"""Bytes of a notification in that request, as JSON in UTF-8 (Firebell's own bound)."""
MAX_PARAMS_BYTES: Final = 8_192
"""Bytes of one recipient's `params` in that request, as JSON in UTF-8 (Firebell's own bound)."""
MAX_SEND_AHEAD_S: Final = 366 * 86_400
"""Seconds that `sendAt` may lie ahead in that request (Firebell's own bound)."""
MAX_COMMIT_DOCUMENTS: Final = 200
MAX_COMMIT_BYTES: Final = 4 * 2**20
"""What one commit of that request may hold, its bytes as JSON: Firestore takes 10 MiB a commit
("Usage and limits"), and its own encoding of a map of many tiny entries has up to twice as many."""
REQUEST_LIFE_S: Final = 48 * 3600
"""Seconds an Idempotency-Key is remembered (TTL field `expireAt`)."""
IDEMPOTENCY_KEY: Final = re.compile(r"[\x20-\x7e]{1,255}\Z")
"""Printable ASCII, which every HTTP stack hands over unchanged."""

MAX_PAYLOAD_BYTES: Final = 4096
"""FCM's limit; we count a message's whole JSON without the target, which is stricter."""
MAX_TTL_S: Final = 2_419_200
"""Four weeks in seconds: FCM's longest and default life ("Setting the lifespan of a message")."""
MAX_ACTIONS: Final = 3
"""Android shows at most three action buttons."""
MAX_COLLAPSE_KEY_BYTES: Final = 64
"""apns-collapse-id is at most 64 bytes; one key has to fit every platform."""
MAX_APNS_COLLAPSE_ID_BYTES: Final = 64
MAX_WEBPUSH_TOPIC_CHARS: Final = 32
"""RFC 8030 section 5.4: a Topic is at most 32 characters of the URL-safe base64 alphabet."""

MAX_DEVICES: Final = 20
"""Devices kept for a user; the one not seen for longest gives way."""
MAX_LABEL_CHARS: Final = 100
"""Characters in a device's label, app version, locale or time zone (Firebell's own bound)."""
IMPORTED_INACTIVE: Final = "imported_inactive"
"""Reason of a device that was not active where it was imported from: it is never sent to."""
MAX_IMPORT_LINES: Final = 500
"""Devices in one call of an import (Firebell's own bound; some seconds of work)."""
MAX_IMPORT_LINE_BYTES: Final = 16 * 1024
"""A line's bytes: the longest target is 4 KiB, and JSON escapes may take the texts six times."""
MAX_IMPORT_BYTES: Final = 4 * 1024 * 1024
"""Bytes of one call's body: such lines have some 400 bytes on average (Firebell's own bound)."""
HEARTBEAT_S: Final = 86_400
"""An unchanged device is written at most once in this many seconds."""

LEASE_S: Final = 120
"""Seconds a claimed delivery belongs to its claimer: twice a function's time limit of 60 s."""
GIVE_UP_AFTER_S: Final = 86_400
"""Seconds from a delivery's creation until it is given up, unless its push lives shorter."""
MAX_CUT_OFF: Final = 60
"""Runs cut off before they wrote how they ended that end a delivery: two hours of a document that
kills its function each time."""
SEND_WITHIN_S: Final = 40
"""Seconds from the claim in which a run may ask FCM: it must end within its function's 60, and long
before its lease does, since another run sends again then."""
TIMEOUT_BACKOFF_S: Final = 10.0
"""FCM's least wait before a request is repeated that timed out ("Best practices when sending")."""
QUOTA_BACKOFF_S: Final = 60.0
"""FCM's least wait after its quota answer without Retry-After ("Throttling and quotas")."""
FIRST_BACKOFF_S: Final = 10.0
MAX_BACKOFF_S: Final = 3600.0
"""Bounds of the exponential back-off, in seconds (FCM, "Best practices when sending at scale")."""
IN_PLACE_BUDGET_S: Final = 5.0
"""Seconds that a run waits to try again by itself, before it leaves that to a task (Firebell's)."""
IN_PLACE_FIRST_S: Final = 1.0
"""First wait of those, in seconds (FCM: back-off begins at one second)."""
CONFIRM_AFTER_S: Final = 3600
"""Seconds a refused target is set aside before FCM is asked again: outages pass meanwhile."""
MAX_CONFIRMATIONS: Final = 24
"""Questions without a verdict after which a device stays set aside, until it registers again."""
DELIVERY_LIFE_S: Final = 30 * 86_400
"""Seconds a delivery is kept after it was last due (TTL field `expireAt`)."""
KEPT_OUTBOX_LIFE_S: Final = 30 * 86_400
"""Seconds an outbox document that reached nobody is kept, to be seen and redriven (`expireAt`)."""
DUE_SHARDS: Final = 10
"""Values of `dueShard`: spreads the index of due work beyond 500 sequential writes a second."""

PAUSE_LOOK_S: Final = 300
"""Seconds between looks whether paused sending goes on; each look bills a retry's operations."""
MAX_CAP: Final = 1000
"""Most pushes that a frequency cap may allow in its window (Firebell's own bound)."""
MIN_CAP_WINDOW_S: Final = 60
MAX_CAP_WINDOW_S: Final = 30 * 86_400
"""Bounds of a frequency cap's window, in seconds (Firebell's own)."""
CLEAR_WINDOW_S: Final = 5
"""Seconds of a user's reads that are told to the other devices at once."""
CLEAR_TTL_S: Final = 86_400
"""Seconds FCM keeps such a message: longer, and 100 of them push out what an app waits for."""
WAKE_PAUSE_S: Final = 1800
"""Least seconds between waking a user's iOS apps: Apple asks for two or three an hour at most."""
MAX_CLEARED: Final = 350_000
"""Ids in one such errand: more than 1 MiB, Firestore's limit of a document, can hold."""

TOPIC: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.~%-]*\Z")
"""FCM's characters of a topic's name ("Topic messaging"), but that `..`, a path, cannot be one."""
MAX_TOPIC_CHARS: Final = 100
"""Characters in a topic's name (Firebell's own bound; FCM takes 900)."""
MAX_TOPICS: Final = 100
"""Topics of a user (Firebell's own bound; FCM has at most 2,000 for an app instance)."""
MAX_ERRAND_TOPICS: Final = 2000
"""Topics that one target may be in: FCM's bound for an app instance ("Topic messaging")."""
TOPICS_LEAD_S: Final = 60
"""Seconds until FCM is told again of topics: the try at once is over by then."""
MAX_TOPIC_TRIES: Final = 240
"""Tries in vain to tell FCM of topics, an hour apart in the end: some nine days."""
TESTS_PER_MINUTE: Final = 10
TESTS_PER_DAY: Final = 200
"""Test notifications to oneself, in a minute and in a day of UTC (Firebell's own bounds)."""
TEST_TTL_S: Final = 600
"""Seconds FCM keeps a test notification: later it tells nothing."""
TOMBSTONE_LIFE_S: Final = 30 * 86_400
"""Seconds that an erased uid is remembered and refused (TTL field `expireAt`): longer than
what is due may wait; what is scheduled later is removed when it is accepted."""
ERASE_AGAIN_AFTER_S: Final = LEASE_S
"""Seconds after which an erasure looks again: what was running when it began has ended by then."""
MAX_EXPORTED: Final = 500
"""Documents after which a page of a user's export ends (Firebell's own bound)."""
MAX_EXPORTED_BYTES: Final = 4 * 2**20
"""Bytes of JSON after which a page of an export ends (Firebell's own bound)."""

PARTITIONS: Final = 2**31
"""Exclusive upper bound of a recipient's random `partition`, by which a broadcast is cut evenly."""
