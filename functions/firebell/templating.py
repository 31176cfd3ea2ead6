"""Complete a notification's document from the template that it names."""

from dataclasses import replace

from firebell.core import templates
from firebell.database import Stored
from firebell.services import Services


def completed(document: Stored, services: Services) -> Stored:
    """Return *document* completed from its template, or as it is when it names none.

    Raises:
        InvalidRequest: Naming `template`, `params.NAME`, or `templates/NAME.FIELD`.
        Unavailable: Firestore cannot serve now.

    **Cost:** 1 read per 5 minutes, instance and template.

    """
    name = templates.named(document.data)
    if name is None:
        return document
    template = services.reference.template(name, services.clock())
    return replace(document, data=templates.fill(document.data, template, name))
