"""Read `config/runtime`, which operators write by hand: what does not fit is left out and named."""

from collections.abc import Mapping
from typing import Any

from firebell.core import schema
from firebell.core.fields import Fields
from firebell.core.model import Cap, Runtime
from firebell.errors import InvalidRequest

KNOWN = ("sendingPaused", "caps")


def runtime_from(document: Mapping[str, Any]) -> tuple[Runtime, tuple[str, ...]]:
    """Return what *document* says, and the names of the fields that were left out.

    A stop switch must stop: any `sendingPaused` but false and absence pauses, and one that is no
    boolean is named, too.
    """
    ignored = [name for name in document if name not in KNOWN]
    paused = document.get("sendingPaused", False)
    if not isinstance(paused, bool):
        ignored.append("sendingPaused")
    caps = document.get("caps", {})
    if not isinstance(caps, Mapping):
        ignored.append("caps")
        caps = {}
    found = {}
    for category, value in caps.items():
        try:
            found[category] = _cap(category, value)
        except InvalidRequest as error:
            ignored.append(error.field)
    return Runtime(sending_paused=paused is not False, caps=found), tuple(ignored)


def _cap(category: str, value: Any) -> Cap:
    """Read one cap.

    Raises:
        InvalidRequest: Naming the field.

    """
    fields = Fields(value, known={"most", "windowSeconds"}, path=f"caps.{category}")
    most = fields.integer("most", least=1, most=schema.MAX_CAP)
    window_s = fields.integer(
        "windowSeconds", least=schema.MIN_CAP_WINDOW_S, most=schema.MAX_CAP_WINDOW_S
    )
    if most is None or window_s is None:
        raise InvalidRequest(f"caps.{category}", "needs most and windowSeconds")
    return Cap(category=category, most=most, window_s=window_s)
