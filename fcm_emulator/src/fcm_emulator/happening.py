"""The words for what becomes of a message and what happens on a device; the wire has them too."""

from typing import Literal, TypeAlias

# FCM's own words for what became of a message (FCM Data API, messageOutcomePercents).
Outcome: TypeAlias = Literal[
    "pending",
    "delivered",
    "collapsed",
    "droppedTooManyPendingMessages",
    "droppedTtlExpired",
    "droppedDeviceInactive",
]
# What else happens on a device.
Happening: TypeAlias = (
    Outcome | Literal["registered", "moved", "online", "offline", "deletedMessages", "cleared"]
)
