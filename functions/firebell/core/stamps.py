"""What an inbox document lacks so that clients find and show it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from firebell.core import schema
from firebell.core.model import Document


def needed(
    document: Document, content: Mapping[str, Any], *, created_at: datetime
) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the fields to set in *document*, and those to remove.

    Of `STAMPED_FIELDS` what is absent. Where it names a template, which clients cannot read, it
    comes to say what *content* says, no more and no less.

    Args:
        document: As it is stored.
        content: The same, completed from its template.
        created_at: When it was created, aware UTC.

    """
    times = {**dict.fromkeys(schema.STAMPED_FIELDS), "createdAt": created_at}
    changes = {name: value for name, value in times.items() if name not in document}
    if document.get("template") is None:
        return changes, frozenset()
    changes |= {
        name: content[name]
        for name in schema.CONTENT_FIELDS & content.keys()
        if name not in document or document[name] != content[name]
    }
    return changes, schema.CONTENT_FIELDS & document.keys() - content.keys()
