"""Which app instances are subscribed to which topics, in one project.

State alone: names are judged by `condition`, and whether a registration exists by the ledger.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# FCM documentation, "Topic messaging": topics per app instance.
MAX_TOPICS_PER_DEVICE = 2_000


class TooManyTopics(Exception):
    """The app instance has as many topics as it may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One app instance in one topic."""

    topic: str
    created_at_ns: int


@dataclass(slots=True)
class Subscriptions:
    """The subscriptions of a project, found by target and by topic."""

    _by_target: dict[str, dict[str, Subscription]] = field(default_factory=dict)
    # The values are unused: a dict keeps the order of subscribing, a set does not.
    _by_topic: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, target: str, topic: str, *, now_ns: int) -> Subscription:
        """Subscribe *target*, or give the subscription that it has.

        Raises:
            TooManyTopics: it has 2,000 others.

        """
        own = self._by_target.get(target, {})
        if topic in own:
            return own[topic]
        if len(own) >= MAX_TOPICS_PER_DEVICE:
            raise TooManyTopics(f"an app instance has at most {MAX_TOPICS_PER_DEVICE} topics")
        subscription = Subscription(topic=topic, created_at_ns=now_ns)
        self._by_target.setdefault(target, own)[topic] = subscription
        self._by_topic.setdefault(topic, {})[target] = None
        return subscription

    def remove(self, target: str, topic: str) -> bool:
        """End a subscription and tell whether there was one."""
        own = self._by_target.get(target, {})
        if own.pop(topic, None) is None:
            return False
        self._leave(target, topic)
        if not own:
            del self._by_target[target]
        return True

    def forget(self, target: str) -> None:
        """End every subscription of *target*."""
        for topic in self._by_target.pop(target, {}):
            self._leave(target, topic)

    def of(self, target: str) -> Mapping[str, Subscription]:
        """Give the subscriptions of *target* by topic."""
        return self._by_target.get(target, {})

    def subscribers(self, topic: str) -> list[str]:
        """List the targets in *topic*, the longest subscribed first."""
        return list(self._by_topic.get(topic, ()))

    def _leave(self, target: str, topic: str) -> None:
        subscribers = self._by_topic[topic]
        del subscribers[target]
        if not subscribers:
            del self._by_topic[topic]
