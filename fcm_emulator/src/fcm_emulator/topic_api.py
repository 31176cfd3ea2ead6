"""FCM's `projects.registrations.topicSubscriptions`: who gets what is sent to a topic."""

import base64
import binascii
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fcm_emulator import condition, errors, front, reading, topic_errors
from fcm_emulator.http import json_response, read_body
from fcm_emulator.ledger import Ledger
from fcm_emulator.oauth import Issuer
from fcm_emulator.project import Project
from fcm_emulator.refusal import Refused
from fcm_emulator.schema import Block, Timestamp
from fcm_emulator.targets import is_fid, is_legacy_token
from fcm_emulator.topics import Subscription, TooManyTopics

# Reference of topicSubscriptions.list: above the maximum, the maximum.
_DEFAULT_PAGE_COUNT = 1000
_MAX_PAGE_COUNT = 2000

_NAME = {"topicName": "topicName", "topic_name": "topicName"}
_MISSING = {"allowMissing": "allowMissing", "allow_missing": "allowMissing"}
_PAGE = {
    "pageSize": "pageSize",
    "page_size": "pageSize",
    "pageToken": "pageToken",
    "page_token": "pageToken",
}


class TopicSubscription(Block, frozen=True, kw_only=True):
    """The resource; a client sets none of its fields."""

    name: str | None = None
    topic_name: str | None = None
    create_time: Timestamp | None = None


def routes(ledger: Ledger, issuer: Issuer) -> list[Route]:
    """List the endpoints over *ledger*."""
    api = _TopicApi(ledger, issuer)
    # A registration is percent-encoded by clients and may then hold a slash.
    parent = "/v1/projects/{project}/registrations/{registration:path}/topicSubscriptions"
    return [
        Route(f"{parent}/{{topic}}", api.get, methods=["GET"]),
        Route(f"{parent}/{{topic}}", api.patch, methods=["PATCH"]),
        Route(f"{parent}/{{topic}}", api.delete, methods=["DELETE"]),
        Route(parent, api.create, methods=["POST"]),
        Route(parent, api.list_all, methods=["GET"]),
    ]


class _TopicApi:
    def __init__(self, ledger: Ledger, issuer: Issuer) -> None:
        self._ledger = ledger
        self._issuer = issuer

    async def create(self, request: Request) -> Response:
        topic = self._query(request, _NAME).get("topicName", "")
        await _check_body(request)
        project, registration = self._registration(request)
        _check_topic(topic)
        self._count_change(project)
        if topic in project.subscriptions.of(registration):
            raise Refused(topic_errors.already_subscribed())
        return self._subscribe(request, project, registration, topic)

    async def patch(self, request: Request) -> Response:
        may_be_missing = _may_be_missing(self._query(request, _MISSING))
        await _check_body(request)
        project, registration = self._registration(request)
        topic = request.path_params["topic"]
        _check_topic(topic)
        if not may_be_missing:
            return self._describe(request, _find(project, registration, topic))
        self._count_change(project)
        return self._subscribe(request, project, registration, topic)

    async def get(self, request: Request) -> Response:
        self._query(request, {})
        project, registration = self._registration(request)
        topic = request.path_params["topic"]
        return self._describe(request, _find(project, registration, topic))

    async def delete(self, request: Request) -> Response:
        may_be_missing = _may_be_missing(self._query(request, _MISSING))
        project, registration = self._registration(request)
        self._count_change(project)
        was_there = project.subscriptions.remove(registration, request.path_params["topic"])
        if not was_there and not may_be_missing:
            raise Refused(topic_errors.not_subscribed())
        return json_response({})

    async def list_all(self, request: Request) -> Response:
        query = self._query(request, _PAGE)
        project, registration = self._registration(request)
        count, after = _page_count(query), _read_page_token(query.get("pageToken", ""))
        own = project.subscriptions.of(registration)
        topics = sorted(topic for topic in own if topic > after)
        page = [_resource(request, own[topic]) for topic in topics[:count]]
        answer: dict[str, object] = {"topicSubscriptions": page} if page else {}
        if len(topics) > count:
            answer["nextPageToken"] = _page_token(topics[count - 1])
        return json_response(answer)

    def _query(self, request: Request, spellings: dict[str, str]) -> dict[str, str]:
        front.check_credential(request, self._issuer)
        return front.read_query(request, spellings)

    def _registration(self, request: Request) -> tuple[Project, str]:
        project = self._ledger.look(request.path_params["project"])
        registration = request.path_params["registration"]
        if project.find(registration) is None:
            if is_fid(registration) or is_legacy_token(registration):
                raise Refused(errors.unregistered())
            raise Refused(errors.malformed_legacy_token())
        return project, registration

    def _count_change(self, project: Project) -> None:
        window, limit = project.use.topic_changes, project.use.limits.topic_changes_per_second
        if window.is_full(limit, project.now_ns()):
            raise Refused(errors.topic_quota())
        window.count()

    def _subscribe(
        self, request: Request, project: Project, registration: str, topic: str
    ) -> Response:
        try:
            subscription = project.subscriptions.add(registration, topic, now_ns=project.now_ns())
        except TooManyTopics as error:
            raise Refused(topic_errors.too_many_topics()) from error
        return self._describe(request, subscription)

    def _describe(self, request: Request, subscription: Subscription) -> Response:
        return json_response(_resource(request, subscription))


def _find(project: Project, registration: str, topic: str) -> Subscription:
    subscription = project.subscriptions.of(registration).get(topic)
    if subscription is None:
        raise Refused(topic_errors.not_subscribed())
    return subscription


def _resource(request: Request, subscription: Subscription) -> TopicSubscription:
    parts = request.path_params
    parent = f"projects/{parts['project']}/registrations/{parts['registration']}"
    created = datetime.fromtimestamp(subscription.created_at_ns / 1e9, UTC)
    return TopicSubscription(
        name=f"{parent}/topicSubscriptions/{subscription.topic}",
        topic_name=subscription.topic,
        create_time=Timestamp(f"{created:%Y-%m-%dT%H:%M:%S.%f}Z"),
    )


async def _check_body(request: Request) -> None:
    front.check_content_type(request)
    reading.read_block(await read_body(request), TopicSubscription)


def _check_topic(topic: str) -> None:
    if not condition.is_topic(topic):
        raise Refused(topic_errors.malformed_topic())


def _may_be_missing(query: dict[str, str]) -> bool:
    return front.as_bool("allow_missing", query.get("allowMissing", "false"))


def _page_count(query: dict[str, str]) -> int:
    count = front.as_int32("page_size", query.get("pageSize", "0"))
    if count < 0:
        raise Refused(topic_errors.negative_page_size())
    return min(count or _DEFAULT_PAGE_COUNT, _MAX_PAGE_COUNT)


def _page_token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _read_page_token(text: str) -> str:
    try:
        after = base64.b64decode(text, b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Refused(topic_errors.unknown_page()) from error
    if after and not condition.is_topic(after):
        raise Refused(topic_errors.unknown_page())
    return after
