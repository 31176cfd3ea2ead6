from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token

from django_firebell import api_view, views

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    user: User = User.objects.create_user("alice", password="one")
    return user


@pytest.fixture
def by_api_token(user: User) -> dict[str, str]:
    return {"Authorization": f"Token {Token.objects.create(user=user).key}"}


def test_installed_rest_framework_makes_it_the_view() -> None:
    assert views.FirebaseTokenView is api_view.FirebaseTokenView


def test_session_gets_a_custom_token(configure: Any, client: Client, user: User) -> None:
    client.force_login(user)

    response = client.post("/firebase-token/")

    assert response.status_code == 200
    assert set(response.json()) == {"firebase_token", "expires_in"}
    assert response["Cache-Control"] == "no-store"


def test_session_needs_its_csrf_token(configure: Any, user: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)

    assert strict.post("/firebase-token/").status_code == 403


def test_api_token_needs_no_csrf_token(configure: Any, by_api_token: dict[str, str]) -> None:
    response = Client(enforce_csrf_checks=True).post("/by-api-token/", headers=by_api_token)

    assert response.status_code == 200


def test_nobody_gets_401_though_sessions_come_first(configure: Any, client: Client) -> None:
    response = client.post("/firebase-token/")

    assert response.status_code == 401
    assert response["Cache-Control"] == "no-store"


def test_nobody_is_told_how_to_authenticate(configure: Any, client: Client) -> None:
    response = client.post("/by-api-token/")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"


def test_inactive_user_gets_401_from_the_stock_authentication(
    configure: Any, client: Client, by_api_token: dict[str, str]
) -> None:
    User.objects.update(is_active=False)

    assert client.post("/by-api-token/", headers=by_api_token).status_code == 401


def test_inactive_user_gets_403_where_the_authentication_lets_one_through(
    configure: Any, client: Client, user: User, told: Any
) -> None:
    User.objects.update(is_active=False)

    response = client.post("/by-header/", headers={"X-User": "alice"})

    assert response.status_code == 403
    assert response.json() == {"detail": "This account is inactive."}
    assert len(told()) == 1


def test_get_is_not_allowed(configure: Any, client: Client, by_api_token: dict[str, str]) -> None:
    assert client.get("/by-api-token/", headers=by_api_token).status_code == 405


def test_missing_key_is_a_503_and_one_log_line(
    configure: Any, client: Client, by_api_token: dict[str, str], told: Any
) -> None:
    configure(CREDENTIALS=None)

    response = client.post("/by-api-token/", headers=by_api_token)

    assert response.status_code == 503
    assert response.json() == {"detail": "Firebase is not available on this server at the moment."}
    assert response["Cache-Control"] == "no-store"
    [line] = told()
    assert 'FIREBELL["CREDENTIALS"] is not set' in line


def test_unusable_uid_is_a_500_that_the_log_explains(
    configure: Any, client: Client, by_api_token: dict[str, str], told: Any
) -> None:
    configure(UID=lambda user: "__x__")

    assert client.post("/by-api-token/", headers=by_api_token).status_code == 500
    assert "Firestore keeps" in told()[0]
