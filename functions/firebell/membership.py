"""Topics of a signed-in user, and the errand that has FCM agree: a client acts on its own uid only.

What the user wants is written first, with the errand; FCM is told at once if it can be, else later.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from firebell import log, sending
from firebell.core import calls, membership, parse
from firebell.core.deliveries import Accepted, ConfigurationFault, Gone, Outcome, Suspect
from firebell.core.membership import Errand, Wish
from firebell.core.model import Recipient
from firebell.database import Stored
from firebell.errors import FirebellError, Misconfigured
from firebell.services import Services


def subscribe(uid: str, body: Any, services: Services) -> dict[str, Any]:
    """Have all of *uid*'s devices, those to come too, get what is sent to the topic in *body*.

    Raises:
        InvalidRequest: Naming the field; also for one topic more than `MAX_TOPICS`.
        NotAllowed: Clients may not join that topic, or the user was erased.
        Unavailable: Firestore cannot serve now.

    **Cost:** without devices 1 read + 1 write; else 3 reads + 3 writes + 1 delete, and 1 FCM
    request for each device; 1 read when it was subscribed before.

    """
    topic = calls.topic(body)
    calls.require_open(topic, services.client_topics)
    now = services.clock()
    change = partial(membership.join, name=topic)
    if services.memberships.change(parse.uid(uid), change, now=now):
        settle_now(uid, services)
    return {"topic": topic, "subscribed": True}


def unsubscribe(uid: str, body: Any, services: Services) -> dict[str, Any]:
    """Have none of *uid*'s devices get what is sent to the topic in *body*.

    A topic that clients may no longer join can be left all the same.

    Raises:
        InvalidRequest: Naming the field.
        NotAllowed: The user was erased.
        Unavailable: Firestore cannot serve now.

    **Cost:** as `subscribe`.

    """
    topic = calls.topic(body)
    change = partial(membership.leave, name=topic)
    if services.memberships.change(parse.uid(uid), change, now=services.clock()):
        settle_now(uid, services)
    return {"topic": topic, "subscribed": False}


def settle_now(uid: str, services: Services) -> None:
    """Run *uid*'s errand at once, if there is one; what fails now is done later.

    **Cost:** 1 read, then as `settle`.
    """
    try:
        errand = services.outbox.read(membership.errand_id(uid))
        if errand is not None:
            settle(errand, services)
    except FirebellError as error:
        log.topics_put_off(uid, type(error).__name__)


def settle(errand: Stored, services: Services) -> None:
    """Tell FCM of what its user wants and it does not know, and delete the errand; or try again.

    A target that somebody owns again is left to that user's errand, and one that came to somebody
    while FCM was told joins anew what it wants.

    Raises:
        InvalidRequest: The errand is none of ours, naming the field.
        Unavailable: Firestore cannot serve now.

    **Cost:** 1 read, 1 write if FCM did something, 1 delete; for each target that left its user 2
    reads more, see `MembershipStore.hand_over`; 1 write to try again. 1 FCM request for each device
    and topic in question. A gone or doubted device as in a delivery.

    """
    asked = membership.parse_errand(errand.data)
    farewells = _say_farewells(asked, services)
    found = services.devices.read(asked.uid)
    told: dict[Wish, Outcome] = {}
    owed: tuple[Wish, ...] = ()
    if found is not None:
        told = _tell(membership.owed(found[0].topics, found[0].devices.values()), services)
        owed = _note(*found, told, services)
    outcomes = [*farewells.values(), *told.values()]
    log.topics_told(asked.uid, outcomes)
    is_owed = bool(owed) or not all(map(_is_settled, farewells.values()))
    _finish(errand, asked, services, is_owed=is_owed, progress=any(map(_is_settled, outcomes)))


def _say_farewells(asked: Errand, services: Services) -> dict[Wish, Outcome]:
    """Tell FCM of targets that left and are nobody's; whoever got one meanwhile joins anew."""
    now, hand_over = services.clock(), services.memberships.hand_over
    departed = [one for one in asked.departed if not hand_over(one, now=now)]
    told = _tell(membership.farewells(departed), services)
    for one in departed:
        hand_over(one, now=now, adopt=membership.doubt)
    return told


def _tell(wishes: Iterable[Wish], services: Services) -> dict[Wish, Outcome]:
    wishes = tuple(wishes)
    try:
        replies = services.topics.tell(wishes)
    except Misconfigured as error:
        return dict.fromkeys(wishes, ConfigurationFault(code=error.setting))
    return {
        wish: membership.classify(wish, reply) for wish, reply in zip(wishes, replies, strict=True)
    }


def _note(
    recipient: Recipient, stored: Stored, told: dict[Wish, Outcome], services: Services
) -> tuple[Wish, ...]:
    """Note what FCM did, take away devices it disowns; return what it is still to be told."""
    now = services.clock()
    done = [wish for wish, outcome in told.items() if isinstance(outcome, Accepted)]
    owed = services.memberships.note(recipient.uid, stored, done, now=now)
    refused = {w.target: o for w, o in told.items() if isinstance(o, Gone | Suspect)}
    devices = {d: refused[d.target] for d in recipient.devices.values() if d.target in refused}
    sending.settle_devices(recipient.uid, stored, devices, services)
    return tuple(wish for wish in owed if wish.target not in refused)


def _finish(
    errand: Stored, asked: Errand, services: Services, *, is_owed: bool, progress: bool
) -> None:
    if not is_owed:
        services.outbox.remove(errand)
        return
    tries = 0 if progress else asked.tries + 1
    due_at = membership.retry_at(services.clock(), tries=tries)
    if due_at is None:
        services.outbox.set_aside(errand, now=services.clock())
        return
    said = {"kind": membership.KIND, "uid": asked.uid, "tries": tries}
    services.outbox.leave_errand(errand.id, said, due_at=due_at)


def _is_settled(outcome: Outcome) -> bool:
    """Tell whether nothing is left to be told: it was done, or the target is none any more."""
    return isinstance(outcome, Accepted | Gone | Suspect)
