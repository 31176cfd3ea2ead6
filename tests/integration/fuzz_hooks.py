"""What Schemathesis has to be told about the API, beyond its document (SCHEMATHESIS_HOOKS)."""

from typing import Any
from urllib.parse import unquote

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def json_lines(context: schemathesis.SerializationContext, value: Any) -> bytes:
    """Send lines as they were made up."""
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")


@schemathesis.hook
def filter_path_parameters(context: schemathesis.HookContext, path_parameters: Any) -> bool:
    """Leave out line breaks in paths: functions-framework answers those with a page of its own."""
    return not any("\n" in unquote(str(value)) for value in (path_parameters or {}).values())
