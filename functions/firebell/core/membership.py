"""Who is in which topic: what users want, what FCM is believed to hold, what makes them agree.

A recipient's `topics` are what its user wants. A device's `topics` are, of the wanted ones, those
that FCM has it in, and of all others those that FCM may have it in, but for requests that are
under way: what is in doubt is told again, which does no harm.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from firebell.core import calls, outcome, parse, record, roster, schema
from firebell.core.deliveries import Accepted, FcmReply, Outcome
from firebell.core.fields import Fields
from firebell.core.model import Device, Document, Recipient, Target
from firebell.errors import InvalidRequest

KIND: Final = "topics"
"""The errand's kind, in the outbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """That FCM have a target in a topic, or no longer have it there."""

    target: Target
    topic: str
    joins: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed:
    """A target that is no longer its user's, and the topics it may be in because of that user."""

    target: Target
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Whose topics FCM is to be told; `tries` counts those that brought nothing."""

    uid: str
    departed: tuple[Departed, ...] = ()
    tries: int = 0


def join(recipient: Recipient, name: str) -> Recipient:
    """Return *recipient* wanting the topic, too.

    A device that may be in it may as well not be, so that all of them are to join.

    Raises:
        InvalidRequest: It wants as many topics as it may.

    """
    topics = _sorted({*recipient.topics, name})
    if len(topics) > schema.MAX_TOPICS:
        raise InvalidRequest("topic", f"is one too many: a user has at most {schema.MAX_TOPICS}")
    if name in recipient.topics:
        return recipient
    devices = {id: _without(device, {name}) for id, device in recipient.devices.items()}
    return replace(recipient, topics=topics, devices=devices)


def leave(recipient: Recipient, name: str) -> Recipient:
    """Return *recipient* not wanting the topic.

    All its devices may be in it, for a request whose answer was lost can have put them there.
    """
    if name not in recipient.topics:
        return recipient
    devices = {id: _with(device, {name}) for id, device in recipient.devices.items()}
    return replace(recipient, topics=_sorted({*recipient.topics} - {name}), devices=devices)


def owed(topics: Collection[str], devices: Iterable[Device]) -> tuple[Wish, ...]:
    """Return what FCM is to be told of *devices* whose user wants *topics*.

    A device that is set aside waits until it is restored.
    """
    wanted = set(topics)
    return tuple(
        Wish(target=device.target, topic=name, joins=name in wanted)
        for device in devices
        if device.state == "active"
        for name in sorted(wanted ^ set(device.topics))
    )


def farewells(departed: Iterable[Departed]) -> tuple[Wish, ...]:
    """Return what FCM is to be told of targets that left."""
    return tuple(
        Wish(target=one.target, topic=name, joins=False) for one in departed for name in one.topics
    )


def departing(recipient: Recipient, devices: Iterable[Device]) -> tuple[Departed, ...]:
    """Return what *recipient*'s *devices*, which leave it, may be in."""
    found = [(device.target, _sorted({*device.topics, *recipient.topics})) for device in devices]
    return tuple(Departed(target=target, topics=topics) for target, topics in found if topics)


def moving(
    device: Device, wanted: Collection[str], former: Iterable[Recipient]
) -> tuple[Device, tuple[Departed, ...]]:
    """Return *device* as it comes from its *former* owners to a user who wants *wanted*.

    With the same target it brings along the topics it may be in and is to leave; it joins what is
    wanted anew. Another target of the same installation stays behind.
    """
    keys = roster.ownership_keys(device)
    brought: set[str] = set()
    departed: tuple[Departed, ...] = ()
    for owner in former:
        for held in roster.holding(owner.devices, keys):
            if held.target == device.target:
                brought |= {*held.topics, *owner.topics} - {*wanted}
            else:
                departed += departing(owner, (held,))
    return _with(device, brought), departed


def holds(recipient: Recipient, target: Target) -> bool:
    """Tell whether one of *recipient*'s devices has *target*."""
    return any(device.target == target for device in recipient.devices.values())


def adopt(recipient: Recipient, departed: Departed) -> Recipient:
    """Return *recipient* answering for the topics of a target that came to it."""
    strange = {*departed.topics} - {*recipient.topics}
    devices = {
        id: _with(device, strange) if device.target == departed.target else device
        for id, device in recipient.devices.items()
    }
    return replace(recipient, devices=devices)


def doubt(recipient: Recipient, departed: Departed) -> Recipient:
    """Return *recipient* as `adopt` does, to join anew what FCM was told its target is to leave."""
    adopted = adopt(recipient, departed)
    wanted = {*departed.topics} & {*recipient.topics}
    devices = {
        id: _without(device, wanted) if device.target == departed.target else device
        for id, device in adopted.devices.items()
    }
    return replace(adopted, devices=devices)


def note(recipient: Recipient, done: Iterable[Wish]) -> tuple[Recipient, tuple[Departed, ...]]:
    """Return *recipient* knowing what FCM has *done*, and targets that left it meanwhile."""
    done = tuple(done)
    devices = {id: _after(device, done) for id, device in recipient.devices.items()}
    strays = {
        wish.target: _sorted(w.topic for w in done if w.joins and w.target == wish.target)
        for wish in done
        if wish.joins and not holds(recipient, wish.target)
    }
    departed = tuple(Departed(target=target, topics=topics) for target, topics in strays.items())
    return replace(recipient, devices=devices), departed


def classify(wish: Wish, reply: FcmReply) -> Outcome:
    """Say what FCM's *reply* to *wish* means for its device; what was so before is accepted."""
    if reply.status == 200 or (wish.joins and reply.status == 409):
        return Accepted(message_name="")
    return outcome.classify(reply)


def errand_id(uid: str) -> str:
    """Return the id of the errand that tells FCM of *uid*'s topics: one at a time."""
    return f"{KIND}-{hashlib.sha256(uid.encode()).hexdigest()[:32]}"


def errand(
    recipient: Recipient,
    devices: Iterable[Device],
    *,
    departed: Iterable[Departed] = (),
    now: datetime,
) -> tuple[str, dict[str, Any]] | None:
    """Return the id and the fields of the errand that *recipient* leaves; None with nothing to say.

    It is written in one step with what it is about, into one that is there already. It is due when
    the try that follows at once is over.

    Args:
        recipient: As it is after the change.
        devices: Those of its devices that may differ from what it wants.
        departed: Targets that left.
        now: Aware UTC.

    """
    leaving = {_key(one): _departed_document(one) for one in departed}
    if not leaving and not owed(recipient.topics, devices):
        return None
    digest = errand_id(recipient.uid)
    return digest, {
        "kind": KIND,
        "uid": recipient.uid,
        "tries": 0,
        "dueAt": now + timedelta(seconds=schema.TOPICS_LEAD_S),
        "dueShard": int(digest[-8:], 16) % schema.DUE_SHARDS,
        **({"leaving": leaving} if leaving else {}),
    }


def parse_errand(document: Document) -> Errand:
    """Check an errand of this kind.

    Raises:
        InvalidRequest: It is none of ours; naming the field.

    """
    fields = Fields(document, known=document)
    return Errand(
        uid=parse.uid(fields.get("uid")),
        departed=tuple(_departed(entry) for entry in fields.entries("leaving").values()),
        tries=fields.integer("tries", least=0, most=10**6) or 0,
    )


def retry_at(now: datetime, *, tries: int) -> datetime | None:
    """Return when FCM is told again after *tries* in vain; None when that is to end."""
    if tries >= schema.MAX_TOPIC_TRIES:
        return None
    wait_s = min(schema.TOPICS_LEAD_S * 2.0 ** min(tries, 16), schema.MAX_BACKOFF_S)
    return now + timedelta(seconds=wait_s)


def _departed(entry: Any) -> Departed:
    fields = Fields(entry, known={"target", "topics"}, path="leaving")
    topics = fields.items("topics", most=schema.MAX_ERRAND_TOPICS)
    if not all(isinstance(name, str) and schema.TOPIC.match(name) for name in topics):
        raise InvalidRequest("leaving.topics", "must hold names of topics alone")
    return Departed(target=calls.target(fields.get("target")), topics=tuple(topics))


def _departed_document(departed: Departed) -> dict[str, Any]:
    target = record.target_document(departed.target)
    return {"target": target, "topics": list(departed.topics)}


def _key(departed: Departed) -> str:
    """Return a key of its own for each target and topics, as entries replace each other by key."""
    said = json.dumps([departed.target.value, departed.topics])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _after(device: Device, done: Iterable[Wish]) -> Device:
    ours = [wish for wish in done if wish.target == device.target]
    topics = {*device.topics} - {wish.topic for wish in ours if not wish.joins}
    return replace(device, topics=_sorted(topics | {wish.topic for wish in ours if wish.joins}))


def _with(device: Device, topics: Collection[str]) -> Device:
    return replace(device, topics=_sorted({*device.topics, *topics}))


def _without(device: Device, topics: Collection[str]) -> Device:
    return replace(device, topics=_sorted({*device.topics} - {*topics}))


def _sorted(topics: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(topics))
