"""Speaks to the HTTP API as backends do."""

from typing import Any

import requests
from werkzeug.test import TestResponse

from firebell.core import schema
from tests.integration.identity import sign_in
from tests.integration.scene import Scene
from tools import servers

PATH = "/v1/notifications"


def bearer(scene: Scene, **claims: object) -> dict[str, str]:
    """Return the header of a backend's user with *claims*."""
    return bearer_of("backend", scene, **claims)


def bearer_of(uid: str, scene: Scene, **claims: object) -> dict[str, str]:
    """Return the header of the user *uid* with *claims*."""
    id_token = sign_in(uid, project=servers.PROJECT, **claims)
    scene.secrets.append(id_token)
    return {"Authorization": f"Bearer {id_token}"}


def error(answer: TestResponse | requests.Response) -> dict[str, Any]:
    """Return the error in *answer*, without its request id."""
    body = answer.json() if isinstance(answer, requests.Response) else answer.get_json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "field", "reason", "requestId"}
    assert len(body["error"].pop("requestId")) == 32
    found: dict[str, Any] = body["error"]
    return found


def outbox(scene: Scene) -> dict[str, dict[str, Any]]:
    """Return every outbox document by its id."""
    found = scene.client.collection(schema.OUTBOX).stream()
    return {document.id: document.to_dict() or {} for document in found}
