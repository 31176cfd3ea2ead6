"""Complete a notification from the template it names, placeholders filled.

What the notification itself says stands, and is taken literally: only a template's texts hold
placeholders, `{{name}}`. What comes out is a document like any other, for the parser.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from firebell.core import content, language, schema
from firebell.core.fields import Fields, Scalar
from firebell.core.model import Document
from firebell.errors import InvalidRequest

_PLACEHOLDER: Final = re.compile(r"\{\{\s*(\w{1,64})\s*\}\}")
_TEXTS: Final = ("title", "body")
_MERGED: Final = ("data", "localizations")
_FILLED: Final = {*_TEXTS, *_MERGED, "link", "image", "actions"}
"""Fields whose strings may hold placeholders, however deep."""
_KNOWN: Final = schema.CONTENT_FIELDS - {"template", "params"}


def named(document: Document) -> str | None:
    """Return the name of the template that is to complete *document*, None when there is none.

    Raises:
        InvalidRequest: `template` cannot be a document's id.

    """
    return content.template_name(Fields(document, known=document))


def fill(
    fields: Mapping[str, Any], template: Mapping[str, Any] | None, name: str
) -> dict[str, Any]:
    """Return *fields* completed from *template*, without `template` and `params`.

    The template's fields stand where *fields* have none; `data` and `localizations` are merged
    entry by entry, and a title or body in *fields* holds in every language. A placeholder takes a
    string as it is, an integer as its digits, a float without exponent (5.0 as 5), a boolean as
    true or false; a parameter that no placeholder wants is ignored.

    Args:
        fields: The document that names the template, as its sender wrote it.
        template: None when there is none of that name.
        name: The template's id.

    Raises:
        InvalidRequest: Naming `template`, `params.NAME`, or `templates/NAME.FIELD`.

    """
    path = f"templates/{name}"
    if template is None:
        raise InvalidRequest("template", f"{path} does not exist")
    _require_known(template, path)
    params = {k: _plain(v) for k, v in content.params(Fields(fields, known=fields)).items()}
    said = _apart(fields)
    added = {
        field: _filled(value, params, f"{path}.{field}") if field in _FILLED else value
        for field, value in _left(_apart(template), said).items()
    }
    own = Fields({**added, "template": name}, known={*_KNOWN, "template"}, path=path)
    content.notification(name, own)
    merged: dict[str, Any] = {
        field: {**added[field], **said[field]}
        for field in _MERGED
        if field in added and isinstance(said.get(field), Mapping)
    }
    return {**added, **said, **merged}


def _require_known(template: Document, path: str) -> None:
    if template.get("template") is not None:
        raise InvalidRequest(f"{path}.template", "a template cannot name another one")
    Fields(template, known={*_KNOWN, "template"}, path=path)


def _apart(document: Document) -> dict[str, Any]:
    """Return what *document* says, `message` as title and body unless that is for the parser."""
    said = {
        field: value
        for field, value in document.items()
        if value is not None and field not in ("template", "params")
    }
    message = said.get("message")
    texts = {"body": message} if isinstance(message, str) else message
    if not isinstance(texts, Mapping) or not texts.keys() <= {*_TEXTS} or {*_TEXTS} & said.keys():
        return said
    del said["message"]
    return {**said, **texts}


def _left(template: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Return what of *template* stands beside what the notification *said*."""
    left = {field: value for field, value in template.items() if field not in {*said} - {*_MERGED}}
    if isinstance(left.get("data"), Mapping) and isinstance(said.get("data"), Mapping):
        left["data"] = {k: v for k, v in left["data"].items() if k not in said["data"]}
    if isinstance(left.get("localizations"), Mapping):
        left["localizations"] = _localizations_left(left["localizations"], said)
    return left


def _localizations_left(found: Mapping[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    own = said.get("localizations")
    tags = {language.normal(tag).lower() for tag in own} if isinstance(own, Mapping) else set()
    left = {}
    for tag, texts in found.items():
        if language.normal(tag).lower() in tags:
            continue
        if not isinstance(texts, Mapping) or not (said.keys() & texts.keys()):
            left[tag] = texts
        elif rest := {name: text for name, text in texts.items() if name not in said}:
            left[tag] = rest
    return left


def _filled(value: Any, params: Mapping[str, str], field: str) -> Any:
    if isinstance(value, str):
        return _filled_text(value, params, field)
    if isinstance(value, Mapping):
        return {key: _filled(inner, params, f"{field}.{key}") for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, params, f"{field}[{i}]") for i, inner in enumerate(value)]
    return value


def _filled_text(text: str, params: Mapping[str, str], field: str) -> str:
    """Fill *text* in one pass: what a parameter brings is never looked at again."""
    wanted = [match[1] for match in _PLACEHOLDER.finditer(text)]
    for name in wanted:
        if name not in params:
            raise InvalidRequest(f"params.{name}", f"is needed by {field}")
    if len(text) + sum(len(params[name]) for name in wanted) > schema.MAX_FILLED_CHARS:
        limit = schema.MAX_FILLED_CHARS
        raise InvalidRequest(field, f"would have more than {limit} characters with its params")
    return _PLACEHOLDER.sub(lambda match: params[match[1]], text)


def _plain(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        digits = format(Decimal(repr(value or 0.0)), "f")
        return digits.removesuffix(".0")
    return str(value)
