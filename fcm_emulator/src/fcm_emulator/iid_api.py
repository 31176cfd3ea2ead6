"""The older Instance ID calls for topics, which several admin SDKs still make.

They name no project: it is that of the access token if the emulator issued it, else the one that
has the registration. Errors are `{"error": code}`, not Google's usual shape.
"""

from datetime import UTC, datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fcm_emulator import condition, front
from fcm_emulator.errors import project_number
from fcm_emulator.http import json_response, read_body
from fcm_emulator.ledger import Ledger
from fcm_emulator.oauth import Issuer
from fcm_emulator.project import Project
from fcm_emulator.refusal import Refused
from fcm_emulator.targets import is_fid, is_legacy_token
from fcm_emulator.topics import TooManyTopics

# FCM documentation, "Topic messaging": app instances per request.
_MAX_INSTANCES = 1000
_TOPIC_PREFIX = "/topics/"
_PLATFORMS = {"android": "ANDROID", "ios": "IOS", "web": "CHROME"}
# A simulated app has no package; Google names the one that was installed.
_APPLICATION = {"application": "com.example.emulated", "applicationVersion": "1"}


class BatchCall(msgspec.Struct):
    """Body of both batch calls."""

    to: str
    registration_tokens: list[str]


class _Refused(Exception):
    def __init__(self, http_status: int, code: str) -> None:
        super().__init__(code)
        self.http_status = http_status


def routes(ledger: Ledger, issuer: Issuer) -> list[Route]:
    """List the endpoints over *ledger*."""
    api = _IidApi(ledger, issuer)
    return [
        Route("/iid/v1:batchAdd", api.batch_add, methods=["POST"]),
        Route("/iid/v1:batchRemove", api.batch_remove, methods=["POST"]),
        Route("/iid/info/{registration:path}", api.info, methods=["GET"]),
    ]


class _IidApi:
    def __init__(self, ledger: Ledger, issuer: Issuer) -> None:
        self._ledger = ledger
        self._issuer = issuer

    async def batch_add(self, request: Request) -> Response:
        return await self._batch(request, is_adding=True)

    async def batch_remove(self, request: Request) -> Response:
        return await self._batch(request, is_adding=False)

    async def info(self, request: Request) -> Response:
        registration = request.path_params["registration"]
        try:
            self._check(request)
            found = self._holder(request, registration)
            device = found[1].find(registration) if found is not None else None
            if found is None or device is None:
                raise _unknown(registration)
        except _Refused as refusal:
            return _answer(refusal)
        project_id, project = found
        answer: dict[str, object] = {
            **_APPLICATION,
            "authorizedEntity": project_number(project_id),
            "platform": _PLATFORMS[device.platform],
        }
        own = project.subscriptions.of(registration)
        if own and request.query_params.get("details") == "true":
            topics = {name: {"addDate": _date(s.created_at_ns)} for name, s in own.items()}
            answer["rel"] = {"topics": topics}
        return json_response(answer)

    async def _batch(self, request: Request, *, is_adding: bool) -> Response:
        try:
            self._check(request)
            topic, registrations = _parse(await read_body(request))
        except _Refused as refusal:
            return _answer(refusal)
        results = [self._change(request, topic, r, is_adding=is_adding) for r in registrations]
        return json_response({"results": [{"error": code} if code else {} for code in results]})

    def _change(
        self, request: Request, topic: str, registration: str, *, is_adding: bool
    ) -> str | None:
        found = self._holder(request, registration)
        if found is None:
            is_formed = is_fid(registration) or is_legacy_token(registration)
            return "NOT_FOUND" if is_formed else "INVALID_ARGUMENT"
        _, project = found
        now_ns = project.now_ns()
        window, limit = project.use.topic_changes, project.use.limits.topic_changes_per_second
        if window.is_full(limit, now_ns):
            return "RESOURCE_EXHAUSTED"
        window.count()
        if not is_adding:
            project.subscriptions.remove(registration, topic)
            return None
        try:
            project.subscriptions.add(registration, topic, now_ns=now_ns)
        except TooManyTopics:
            return "TOO_MANY_TOPICS"
        return None

    def _check(self, request: Request) -> None:
        try:
            front.check_credential(request, self._issuer)
        except Refused as refused:
            is_denied = refused.refusal.http_status == 403
            code = "PERMISSION_DENIED" if is_denied else "UNAUTHENTICATED"
            raise _Refused(refused.refusal.http_status, code) from refused

    def _holder(self, request: Request, registration: str) -> tuple[str, Project] | None:
        issued = self._issuer.read(front.bearer(request))
        if issued is None:
            return self._ledger.holder(registration)
        project = self._ledger.look(issued.project)
        return (issued.project, project) if project.find(registration) is not None else None


def _parse(body: bytes) -> tuple[str, list[str]]:
    try:
        call = msgspec.json.decode(body, type=BatchCall)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _Refused(400, "INVALID_ARGUMENT") from error
    topic = call.to.removeprefix(_TOPIC_PREFIX)
    is_sound = call.to.startswith(_TOPIC_PREFIX) and condition.is_topic(topic)
    if not is_sound or not 1 <= len(call.registration_tokens) <= _MAX_INSTANCES:
        raise _Refused(400, "INVALID_ARGUMENT")
    return topic, call.registration_tokens


def _unknown(registration: str) -> _Refused:
    if is_fid(registration) or is_legacy_token(registration):
        return _Refused(404, "No information found about this instance id.")
    return _Refused(400, "InvalidToken")


def _answer(refusal: _Refused) -> Response:
    return json_response({"error": str(refusal)}, refusal.http_status)


def _date(at_ns: int) -> str:
    return f"{datetime.fromtimestamp(at_ns / 1e9, UTC):%Y-%m-%d}"
