from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from testproject.api import LoginSerializer, PairLoginSerializer, WrongOrderSerializer

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


def test_login_that_answers_validated_data_has_it_too(configure: Any) -> None:
    serializer = PairLoginSerializer(data={"username": "alice"})

    assert serializer.is_valid()
    assert set(serializer.validated_data) == {"access", "firebase_token", "expires_in"}


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
