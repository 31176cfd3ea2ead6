import asyncio
from typing import Any

import pytest

from fcm_emulator.app import create_app
from fcm_emulator.ledger import Ledger
from fcm_emulator.oauth import Issuer


def test_a_project_that_was_only_looked_at_is_not_kept() -> None:
    ledger = Ledger()

    assert ledger.look("p") is not ledger.look("p")
    assert ledger.project("p") is ledger.project("p")
    assert ledger.look("p") is ledger.project("p")


@pytest.mark.parametrize("path", ["messages", "clock", "limits", "devices", "devices/x"])
def test_reading_makes_no_project(path: str) -> None:
    ledger, answers = Ledger(), []
    where = f"/emulator/v1/projects/p/{path}"
    scope = {"type": "http", "method": "GET", "path": where, "query_string": b"", "headers": []}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(event: Any) -> None:
        answers.append(event)

    app: Any = create_app(ledger, Issuer())
    asyncio.run(app(scope, receive, send))

    assert answers[0]["status"] in (200, 404)
    assert ledger.look("p") is not ledger.look("p")
