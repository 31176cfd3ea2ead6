"""Read `config/runtime`, which operators write by hand: what does not fit is left out and named."""

from collections.abc import Mapping
from typing import Any

from firebell.core.model import Runtime


def runtime_from(document: Mapping[str, Any]) -> tuple[Runtime, tuple[str, ...]]:
    """Return what *document* says, and the names of the fields that were left out.

    A stop switch must stop: any `sendingPaused` but false and absence pauses.
    """
    return Runtime(sending_paused=document.get("sendingPaused") not in (None, False)), ()
