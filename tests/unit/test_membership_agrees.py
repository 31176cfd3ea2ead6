"""Whatever users do and whatever fails: once FCM is back, it has who is wanted, and nobody else."""

from dataclasses import dataclass, field, replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from firebell.core import membership, roster
from firebell.core.deliveries import Accepted, FcmReply
from firebell.core.membership import Departed, Wish
from firebell.core.model import Device, Recipient, Target
from tests.builders import NOW, a_device, a_legacy_token

USERS = ("ada", "grace")
DEVICES = (a_device(1), a_device(1, target=a_legacy_token(1)), a_device(2))
FATES = ("done", "refused", "unanswered")

changes = st.one_of(
    st.tuples(st.sampled_from(["join", "leave"]), st.just("news")),
    st.tuples(st.sampled_from(["register", "unregister"]), st.sampled_from(DEVICES)),
)
fates = st.lists(st.sampled_from(FATES), min_size=1, max_size=3)
steps = st.tuples(changes, st.sampled_from(USERS), fates)


@dataclass(slots=True)
class World:
    """What Firestore and FCM hold; each change leaves its errand, as the stores write it."""

    users: dict[str, Recipient] = field(
        default_factory=lambda: {uid: Recipient(uid=uid) for uid in USERS}
    )
    errands: dict[str, set[Departed]] = field(default_factory=dict)
    fcm: set[tuple[Target, str]] = field(default_factory=set)

    def take(self, change: tuple[str, object], uid: str, fates: list[str]) -> None:
        """Let *uid* call a function, which tells FCM at once."""
        name, what = change
        getattr(self, name)(uid, what)
        self.run(uid, fates)

    def join(self, uid: str, topic: str) -> None:
        self._change(membership.join(self.users[uid], topic))

    def leave(self, uid: str, topic: str) -> None:
        self._change(membership.leave(self.users[uid], topic))

    def register(self, uid: str, device: Device) -> None:
        own, keys = self.users[uid], roster.ownership_keys(device)
        others = [other for other in self.users.values() if other.uid != uid]
        former = [other for other in others if roster.holding(other.devices, keys)]
        device, left_behind = membership.moving(device, own.topics, former)
        placement = roster.place(own.devices, device)
        for owner in former:
            self.users[owner.uid] = _without(owner, roster.holding(owner.devices, keys))
        after = replace(own, devices={**own.devices, device.id: placement.device})
        self._change(after, *left_behind, *membership.departing(own, placement.left))

    def unregister(self, uid: str, device: Device) -> None:
        own = self.users[uid]
        held = tuple(d for d in own.devices.values() if d.target == device.target)
        self._change(_without(own, held), *membership.departing(own, held))

    def run(self, uid: str, fates: list[str]) -> None:
        departed = self.errands.pop(uid, None)
        if departed is None:
            return
        ownerless = [one for one in sorted(departed, key=repr) if not self._hand_over(one)]
        farewells = membership.farewells(ownerless)
        is_over = len(self._tell(farewells, fates)) == len(farewells)
        own = self.users[uid]
        done = self._tell(membership.owed(own.topics, own.devices.values()), fates)
        after, strays = membership.note(own, done)
        self._change(after, *strays, *(() if is_over else departed))

    def _hand_over(self, departed: Departed) -> bool:
        owners = [u for u in self.users.values() if membership.holds(u, departed.target)]
        for owner in owners:
            self._change(membership.adopt(owner, departed))
        return bool(owners)

    def _tell(self, wishes: tuple[Wish, ...], fates: list[str]) -> list[Wish]:
        """Have FCM do each wish that its fate lets through; return those that it answered."""
        answered = []
        for number, wish in enumerate(wishes):
            fate = fates[number % len(fates)]
            if fate != "refused":
                change = self.fcm.add if wish.joins else self.fcm.discard
                change((wish.target, wish.topic))
            reply = FcmReply(status=200 if fate == "done" else 0)
            if isinstance(membership.classify(wish, reply), Accepted):
                answered.append(wish)
        return answered

    def _change(self, after: Recipient, *departed: Departed) -> None:
        self.users[after.uid] = after
        devices = after.devices.values()
        if membership.errand(after, devices, departed=departed, now=NOW) is not None:
            self.errands.setdefault(after.uid, set()).update(departed)


def _without(recipient: Recipient, devices: tuple[Device, ...]) -> Recipient:
    left = {id: d for id, d in recipient.devices.items() if d not in devices}
    return replace(recipient, devices=left)


REFUSED = ["refused"]
MOVED_IN_DOUBT = [
    (("register", DEVICES[0]), "ada", REFUSED),
    (("join", "news"), "ada", REFUSED),
    (("leave", "news"), "ada", REFUSED),
    (("join", "news"), "grace", REFUSED),
    (("register", DEVICES[0]), "grace", REFUSED),
]


@example(MOVED_IN_DOUBT)
@given(st.lists(steps, min_size=10, max_size=20))
@settings(max_examples=200)
def test_fcm_agrees_in_the_end(history: list[tuple[tuple[str, object], str, list[str]]]) -> None:
    world = World()
    for step in history:
        world.take(*step)

    for uid in USERS * 2:
        world.run(uid, ["done"])

    held = [(user, device) for user in world.users.values() for device in user.devices.values()]
    assert world.fcm == {(device.target, topic) for user, device in held for topic in user.topics}
    assert world.errands == {}
