from importlib.util import find_spec
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_firebell import views


def test_rest_framework_is_not_here() -> None:
    assert find_spec("rest_framework") is None


def test_the_view_is_the_one_for_sessions() -> None:
    assert views.FirebaseTokenView.__module__ == "django_firebell.session_view"


@pytest.mark.django_db
def test_the_url_answers_a_session(configure: Any, client: Client) -> None:
    client.force_login(User.objects.create_user("alice"))

    assert client.post("/firebase-token/").status_code == 200
