from typing import Any

import pytest
from django.contrib.auth.models import User
from readme import run

README = "django-firebell/README.md"


@pytest.fixture(autouse=True)
def user(db: None) -> User:
    user: User = User.objects.create_user("alice", password="one")
    return user


def test_logins_of_the_readme_answer_a_custom_token(configure: Any) -> None:
    names = run(README, block_with="AuthTokenSerializer", given={})
    given = {"username": "alice", "password": "one"}
    login, pair = names["LoginSerializer"](data=given), names["PairSerializer"](data=given)

    assert login.is_valid()
    assert pair.is_valid()
    assert "firebase_token" in login.data
    assert {"access", "refresh", "firebase_token"} <= set(pair.validated_data)


def test_answer_of_the_readme_has_a_custom_token(configure: Any, user: User) -> None:
    names = run(README, block_with="custom_token", given={"key": "their own", "user": user})

    assert set(names["answer"]) == {"token", "firebase_token", "expires_in"}
