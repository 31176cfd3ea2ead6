"""The functions as deployed, in a process that can be told to die at a named point.

functions-framework serves this file in place of functions/main.py. While the file that
FAILPOINT_FILE names holds `before:` or `after:` and a method of the services (`before:fcm.send`),
with the collection if it is called for one (`after:holdings.clear(targets)`), the next such call
takes the file away and SIGKILLs the whole instance, as Cloud Run does when it runs out of memory or
time. Without the file the functions are what they are.
"""

import dataclasses
import functools
import importlib.util
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firebell import services
from firebell.services import Services

FILE = Path(os.environ["FAILPOINT_FILE"])
DEPLOYED = Path.cwd() / "main.py"


def die_at(point: str) -> None:
    """Kill this instance if *point* is the one; whoever takes the file away is alone in that."""
    try:
        if FILE.read_text() != point:
            return
        FILE.unlink()
    except FileNotFoundError:
        return
    # gunicorn would replace a lone worker: its master goes, too.
    os.killpg(0, signal.SIGKILL)


def with_failpoints(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """Return *method* with a point before and one after it."""

    @functools.wraps(method)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        about = getattr(args[0], "collection", None) if args else None
        point = name if about is None else f"{name}({about})"
        die_at(f"before:{point}")
        answer = method(*args, **kwargs)
        die_at(f"after:{point}")
        return answer

    return wrapped


@functools.cache
def get(real: Callable[[], Services] = services.get) -> Services:
    """Return the instance's services; each of their methods is a point to die at."""
    found = real()
    for field in dataclasses.fields(found):
        part = getattr(found, field.name)
        if type(part).__module__.startswith("firebell"):
            methods = {name for name in dir(type(part)) if not name.startswith("_")}
            for name in methods:
                wrapped = with_failpoints(f"{field.name}.{name}", getattr(part, name))
                setattr(part, name, wrapped)
    return found


services.get = get
_spec = importlib.util.spec_from_file_location("deployed", DEPLOYED)
assert _spec is not None
assert _spec.loader is not None
_deployed = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_deployed)
globals().update({name: value for name, value in vars(_deployed).items() if name[:2] != "__"})
