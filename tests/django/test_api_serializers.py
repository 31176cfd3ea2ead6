from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from testproject.api import LoginSerializer, WrongOrderSerializer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _user() -> None:
    User.objects.create_user("alice", password="one")


def test_login_answers_the_custom_token(configure: Any, client: Client) -> None:
    response = client.post("/login/", {"username": "alice", "password": "one"})

    assert response.status_code == 200
    assert set(response.json()) == {"firebase_token", "expires_in"}


def test_login_and_view_hand_out_the_same_custom_token(configure: Any, client: Client) -> None:
    by_login = client.post("/login/", {"username": "alice", "password": "one"}).json()
    client.force_login(User.objects.get())
    by_view = client.post("/firebase-token/").json()

    assert by_view["firebase_token"] == by_login["firebase_token"]


def test_wrong_password_answers_no_custom_token(configure: Any, client: Client) -> None:
    response = client.post("/login/", {"username": "alice", "password": "two"})

    assert response.status_code == 400
    assert "firebase_token" not in response.json()


def test_login_with_simple_jwt_answers_it_beside_its_own_two(
    configure: Any, client: Client
) -> None:
    response = client.post("/pair/", {"username": "alice", "password": "one"})

    assert response.status_code == 200
    assert set(response.json()) == {"access", "refresh", "firebase_token", "expires_in"}


@pytest.mark.parametrize(
    ("password", "is_active"), [("two", True), pytest.param("one", False, id="inactive")]
)
def test_login_that_simple_jwt_refuses_answers_no_custom_token(
    configure: Any, client: Client, password: str, is_active: bool
) -> None:
    User.objects.update(is_active=is_active)

    response = client.post("/pair/", {"username": "alice", "password": password})

    assert response.status_code == 401
    assert set(response.json()) == {"detail"}


def test_access_by_simple_jwt_opens_the_view(configure: Any, client: Client) -> None:
    pair = client.post("/pair/", {"username": "alice", "password": "one"}).json()
    by_jwt = {"Authorization": f"Bearer {pair['access']}"}

    response = client.post("/by-jwt/", headers=by_jwt)

    assert response.json()["firebase_token"] == pair["firebase_token"]


def test_client_cannot_send_its_own(configure: Any) -> None:
    given = {"username": "alice", "password": "one", "firebase_token": "mine", "expires_in": 9}
    serializer = LoginSerializer(data=given)

    assert serializer.is_valid()
    assert serializer.data["firebase_token"] != "mine"
    assert serializer.data["expires_in"] > 9


def test_missing_key_refuses_the_login_with_503(configure: Any, client: Client, told: Any) -> None:
    configure(CREDENTIALS=None)

    response = client.post("/login/", {"username": "alice", "password": "one"})

    assert response.status_code == 503
    assert len(told()) == 1


def test_login_that_hides_its_user_is_told_what_to_override(configure: Any) -> None:
    serializer = WrongOrderSerializer(data={"username": "alice"})

    with pytest.raises(TypeError, match="override get_firebase_user"):
        serializer.is_valid()
