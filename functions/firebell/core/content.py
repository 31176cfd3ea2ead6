"""Check what a sender may say about a notification, wherever it is written."""

from collections.abc import Mapping
from typing import Literal, cast

from firebell.core import language, schema
from firebell.core.fields import Fields, Scalar
from firebell.core.model import Action, Notification, Priority, Texts
from firebell.errors import InvalidRequest


def notification(notification_id: str, fields: Fields) -> Notification:
    """Check *fields*; the texts of one that names a template may still be the template's.

    Raises:
        InvalidRequest: Naming the field.

    """
    title, body = _texts(fields)
    template_name(fields)
    params(fields)
    return Notification(
        id=notification_id,
        title=title,
        body=body,
        category=fields.text("category", most=schema.MAX_LABEL_CHARS),
        priority=cast(Priority, fields.choice("priority", ("normal", "high")) or "high"),
        urgent=fields.flag("urgent", default=False),
        image=fields.url("image"),
        link=_link(fields),
        actions=_actions(fields),
        data=_data(fields),
        sound=fields.text("sound", most=schema.MAX_LABEL_CHARS),
        badge=_badge(fields),
        collapse_key=_collapse_key(fields),
        ttl_s=fields.integer("ttlSeconds", least=0, most=schema.MAX_TTL_S),
        expire_at=fields.time("expireAt"),
        push=fields.flag("push", default=True),
        localizations=_localizations(fields, has_texts=(title, body) != (None, None)),
    )


def require_something_to_show(found: Notification, fields: Fields) -> None:
    """Refuse what no tray and no inbox could show, unless a template is to say it.

    Raises:
        InvalidRequest: Naming the body.

    """
    if found.is_silent and template_name(fields) is None:
        problem = "is required where there is no title: nothing could be shown"
        raise InvalidRequest(fields.name("body"), problem)


def template_name(fields: Fields) -> str | None:
    """Return the name of the template that is to complete *fields*, None when there is none.

    Raises:
        InvalidRequest: It cannot be a document's id.

    """
    return fields.text("template", most=schema.MAX_LABEL_CHARS, form=schema.DOCUMENT_ID)


def params(fields: Fields) -> dict[str, Scalar]:
    """Return what a template's placeholders stand for, by name.

    Raises:
        InvalidRequest: Naming `params` or `params.NAME`.

    """
    found = fields.entries("params")
    if found and template_name(fields) is None:
        raise InvalidRequest(fields.name("params"), "is for a template, and none is named")
    inner = Fields(found, known=found, path=fields.name("params"))
    for name in found:
        if not schema.PARAM_NAME.match(name):
            problem = "is no name of 1 to 64 letters, digits and '_', or begins and ends with '__'"
            raise InvalidRequest(inner.name(name), problem)
    return {name: inner.scalar(name) for name in found}


def _texts(fields: Fields) -> tuple[str | None, str | None]:
    """Return title and body; small apps write `message`, a string or a map with both."""
    title, body = fields.text("title"), fields.text("body")
    message = fields.get("message")
    if message is None:
        return title, body
    if title is not None or body is not None:
        raise InvalidRequest(fields.name("message"), "stands beside title or body: use one form")
    if isinstance(message, str):
        return None, fields.text("message")
    inner = Fields(message, known={"title", "body"}, path=fields.name("message"))
    return inner.text("title"), inner.text("body")


def _localizations(fields: Fields, *, has_texts: bool) -> dict[str, Texts]:
    found = fields.entries("localizations", most=schema.MAX_LOCALIZATIONS)
    if found and not has_texts and template_name(fields) is None:
        problem = "stands beside a title or a body, for readers of other languages"
        raise InvalidRequest(fields.name("localizations"), problem)
    texts: dict[str, Texts] = {}
    for tag, entry in found.items():
        path = fields.name(f"localizations.{tag}")
        _require_new_tag(tag, texts, path)
        inner = Fields(entry, known={"title", "body"}, path=path)
        text = Texts(title=inner.text("title"), body=inner.text("body"))
        if text == Texts():
            raise InvalidRequest(path, "must hold a title or a body")
        texts[language.normal(tag)] = text
    return texts


def _require_new_tag(tag: str, texts: Mapping[str, Texts], path: str) -> None:
    normal = language.normal(tag)
    if not schema.LANGUAGE_TAG.match(normal):
        raise InvalidRequest(path, "is not named by a language tag, as de or pt-BR")
    if normal.lower() in {other.lower() for other in texts}:
        raise InvalidRequest(path, "names a language that another entry names, too")


def _actions(fields: Fields) -> tuple[Action, ...]:
    found = []
    for index, value in enumerate(fields.items("actions", most=schema.MAX_ACTIONS)):
        path = f"{fields.name('actions')}[{index}]"
        action = Fields(value, known={"id", "title", "link"}, path=path)
        found.append(
            Action(
                id=action.required_text("id", most=schema.MAX_LABEL_CHARS),
                title=action.required_text("title", most=schema.MAX_LABEL_CHARS),
                link=_link(action),
            )
        )
    return tuple(found)


def _link(fields: Fields) -> str | None:
    """Return what a tap opens: a path, a URL, an app's own scheme; never a script."""
    link = fields.text("link", most=2048, form=schema.LINK)
    if link is not None and schema.SCRIPT_LINK.match(link):
        raise InvalidRequest(fields.name("link"), "must not be a script or carry its own content")
    return link


def _data(fields: Fields) -> dict[str, str]:
    data = fields.strings("data")
    for key in data:
        if not key or schema.RESERVED_DATA_KEYS.match(key):
            raise InvalidRequest(fields.name(f"data.{key}"), "is a reserved key, choose another")
        if len(key.encode()) > schema.MAX_FIELD_NAME_BYTES:
            raise InvalidRequest(fields.name("data"), "has a key longer than Firestore takes")
    return data


def _badge(fields: Fields) -> int | Literal["unread"] | None:
    if fields.get("badge") == "unread":
        return "unread"
    return fields.integer("badge", least=0, most=2**31 - 1)


def _collapse_key(fields: Fields) -> str | None:
    key = fields.text("collapseKey")
    if key is not None and len(key.encode()) > schema.MAX_COLLAPSE_KEY_BYTES:
        limit = schema.MAX_COLLAPSE_KEY_BYTES
        raise InvalidRequest(fields.name("collapseKey"), f"must be at most {limit} bytes")
    return key
