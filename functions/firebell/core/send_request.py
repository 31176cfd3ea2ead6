"""What `POST /v1/notifications` asks for: one notification, said to each of its users."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from firebell.core import content, parse, schema, templates
from firebell.core.fields import Fields, Scalar
from firebell.core.model import Document
from firebell.errors import InvalidRequest

_ADDRESSES = ("uid", "uids", "recipients")
_OVERHEAD_BYTES = 1024
"""More than a document's names, uid and times take beside its content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One user of a request; `params` are its own, `path` is where they stand in the request."""

    uid: str
    params: Mapping[str, Scalar] = field(default_factory=dict)
    path: str = "notification.params"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRequest:
    """A checked request: `content` is what it says, times as aware UTC, for each of `items`."""

    items: tuple[Item, ...]
    content: Mapping[str, Any]
    template: str | None
    inbox: bool
    validate_only: bool
    send_at: datetime | None
    content_bytes: int


def read(body: Any, *, now: datetime) -> SendRequest:
    """Check the body of `POST /v1/notifications`, all but what its template has to say.

    Raises:
        InvalidRequest: Naming the field by its path (`recipients[3].params.name`).

    """
    fields = Fields(body, known={*_ADDRESSES, "notification", "sendAt", "inbox", "validateOnly"})
    inbox = fields.flag("inbox", default=True)
    said = _content(fields, inbox=inbox)
    template = content.template_name(Fields(said, known=said))
    return SendRequest(
        items=_items(fields, template),
        content=said,
        template=template,
        inbox=inbox,
        validate_only=fields.flag("validateOnly", default=False),
        send_at=_send_at(fields, now),
        content_bytes=_json_bytes(fields.get("notification")),
    )


def require_deliverable(request: SendRequest, template: Document | None) -> None:
    """Refuse *request* where its template lacks something, for whomever it is.

    Args:
        request: One that names a template.
        template: What that template says, None when there is none of its name.

    Raises:
        InvalidRequest: Naming `notification.template`, a parameter, or the template's field.

    """
    name = request.template or ""
    alike = [item for item in request.items if not item.params][:1]
    for item in (*alike, *(item for item in request.items if item.params)):
        try:
            filled = templates.fill(_content_of(request, item), template, name)
            checked = Fields(filled, known=schema.CONTENT_FIELDS)
            found = content.notification("-", checked)
            if request.inbox:
                content.require_something_to_show(found, checked)
        except InvalidRequest as error:
            raise InvalidRequest(_path(error.field, item), error.problem) from error


def document(request: SendRequest, item: Item) -> dict[str, Any]:
    """Return the outbox document of *item*."""
    asked: dict[str, Any] = {"uid": item.uid, "inbox": request.inbox}
    if request.validate_only:
        asked["validateOnly"] = True
    if request.send_at is not None:
        asked["sendAt"] = request.send_at
    return {**_content_of(request, item), **asked}


def next_batch(request: SendRequest, start: int) -> Sequence[Item]:
    """Return the items from *start* on that one commit can create documents for, at least one."""
    batch: list[Item] = []
    size_bytes = 0
    for item in request.items[start : start + schema.MAX_COMMIT_DOCUMENTS]:
        size_bytes += request.content_bytes + _json_bytes(dict(item.params)) + _OVERHEAD_BYTES
        if batch and size_bytes > schema.MAX_COMMIT_BYTES:
            break
        batch.append(item)
    return batch


def notification_id(seed: str, uid: str) -> str:
    """Return the id of *uid*'s notification in the request whose secret is *seed*."""
    return _hash(f"{seed}\n{uid}")[:32]


def request_id(caller_key: str, idempotency_key: str) -> str:
    """Return the id under which a caller's Idempotency-Key is remembered."""
    return _hash(f"{caller_key}\n{idempotency_key}")


def caller_hash(caller_key: str) -> str:
    """Return what tells a caller's requests from others' without naming it."""
    return _hash(caller_key)


def body_hash(path: str, body: Any) -> str:
    """Return what two requests have in common that ask *path* for the same, however written."""
    return _hash(f"{path}\n{json.dumps(body, sort_keys=True)}")


def _items(fields: Fields, template: str | None) -> tuple[Item, ...]:
    named = [name for name in _ADDRESSES if fields.get(name) is not None]
    if not named:
        raise InvalidRequest("uid", "is required, or uids, or recipients")
    name = named[0]
    if len(named) > 1:
        raise InvalidRequest(named[1], f"stands beside {name}: name the users in one way")
    if name == "uid":
        return (Item(uid=parse.uid(fields.get(name))),)
    values = fields.items(name, most=schema.MAX_SEND_UIDS)
    if not values:
        raise InvalidRequest(name, "must name at least one user")
    paths = [f"{name}[{index}]" for index in range(len(values))]
    if name == "uids":
        items = [Item(uid=parse.uid(v, field=path)) for v, path in zip(values, paths, strict=True)]
    else:
        items = [_recipient(v, path, template) for v, path in zip(values, paths, strict=True)]
    _require_distinct(items, paths)
    return tuple(items)


def _recipient(value: Any, path: str, template: str | None) -> Item:
    entry = Fields(value, known={"uid", "params"}, path=path)
    uid = parse.uid(entry.get("uid"), field=entry.name("uid"))
    own = {"params": entry.get("params"), "template": template}
    params = content.params(Fields(own, known=own, path=path))
    size_bytes = _json_bytes(params)
    if size_bytes > schema.MAX_PARAMS_BYTES:
        problem = f"must be at most {schema.MAX_PARAMS_BYTES} bytes of JSON, has {size_bytes}"
        raise InvalidRequest(entry.name("params"), problem)
    return Item(uid=uid, params=params, path=entry.name("params"))


def _require_distinct(items: Sequence[Item], paths: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for item, path in zip(items, paths, strict=True):
        if item.uid in seen:
            raise InvalidRequest(path, f"names the same user as {seen[item.uid]}")
        seen[item.uid] = path


def _content(fields: Fields, *, inbox: bool) -> dict[str, Any]:
    sent = fields.get("notification")
    if not isinstance(sent, Mapping):
        raise InvalidRequest("notification", "is required and must be a map")
    said = dict(sent)
    written = Fields(said, known=schema.CONTENT_FIELDS, path="notification")
    if said.get("expireAt") is not None:
        said["expireAt"] = written.rfc3339("expireAt")
    checked = Fields(said, known=schema.CONTENT_FIELDS, path="notification")
    found = content.notification("-", checked)
    if inbox:
        content.require_something_to_show(found, checked)
    size_bytes = _json_bytes(sent)
    if size_bytes > schema.MAX_NOTIFICATION_BYTES:
        most = schema.MAX_NOTIFICATION_BYTES
        problem = f"must be at most {most} bytes of JSON, has {size_bytes}"
        raise InvalidRequest("notification", problem)
    return said


def _send_at(fields: Fields, now: datetime) -> datetime | None:
    send_at = fields.rfc3339("sendAt")
    latest = now + timedelta(seconds=schema.MAX_SEND_AHEAD_S)
    if send_at is not None and send_at > latest:
        days = schema.MAX_SEND_AHEAD_S // 86_400
        raise InvalidRequest("sendAt", f"must be at most {days} days ahead")
    return send_at


def _content_of(request: SendRequest, item: Item) -> dict[str, Any]:
    if not item.params:
        return dict(request.content)
    shared: Mapping[str, Scalar] = request.content.get("params") or {}
    return {**request.content, "params": {**shared, **item.params}}


def _path(name: str, item: Item) -> str:
    """Return where *name*, a field of a completed notification, stands in the request."""
    if name.startswith("templates/"):
        return name
    if name.startswith("params."):
        return item.path + name.removeprefix("params")
    return f"notification.{name}"


def _json_bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
