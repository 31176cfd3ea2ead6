"""What FCM answers about topic subscriptions; no body of Google's is known for this API.

None of them says UNREGISTERED: for that, clients drop the device.
"""

from fcm_emulator import errors
from fcm_emulator.refusal import Refusal, Violation, status
from fcm_emulator.topics import MAX_TOPICS_PER_DEVICE


def already_subscribed() -> Refusal:
    """Say that the subscription to be created exists."""
    return status(409, "ALREADY_EXISTS", "Requested entity already exists")


def not_subscribed() -> Refusal:
    """Say that there is no such subscription."""
    return status(404, "NOT_FOUND", "Requested entity was not found.")


def too_many_topics() -> Refusal:
    """Say that the app instance may have no more topics."""
    text = f"The app instance is subscribed to {MAX_TOPICS_PER_DEVICE} topics, the most it can be."
    return status(429, "RESOURCE_EXHAUSTED", text)


def malformed_topic() -> Refusal:
    """Refuse a name that no topic can have, or no name at all."""
    return _invalid("topic_name", "Malformed topic name")


def negative_page_size() -> Refusal:
    """Refuse a page of fewer than no subscriptions."""
    return _invalid("page_size", "page_size must not be negative.")


def unknown_page() -> Refusal:
    """Refuse a page token that was not issued here."""
    return _invalid("page_token", "page_token is not one of a former list.")


def _invalid(field: str, description: str) -> Refusal:
    return errors.invalid_argument([Violation(field=field, description=description)])
