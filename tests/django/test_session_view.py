from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.test import Client

pytestmark = pytest.mark.django_db
URL = "/by-session/"


@pytest.fixture
def user() -> User:
    user: User = User.objects.create_user("alice", password="one")
    return user


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_signed_in_user_gets_a_custom_token(configure: Any, signed_in: Client) -> None:
    response = signed_in.post(URL)

    assert response.status_code == 200
    assert set(response.json()) == {"firebase_token", "expires_in"}
    assert 3595 <= response.json()["expires_in"] <= 3600
    assert response["Cache-Control"] == "no-store"


def test_nobody_gets_401(configure: Any, client: Client) -> None:
    response = client.post(URL)

    assert response.status_code == 401
    assert response.json() == {"detail": "Authentication credentials were not provided."}
    assert response["Cache-Control"] == "no-store"


def test_inactive_user_gets_401_from_the_stock_backend(
    configure: Any, signed_in: Client, user: User
) -> None:
    User.objects.update(is_active=False)

    assert signed_in.post(URL).status_code == 401


def test_inactive_user_gets_403_where_the_backend_lets_one_through(
    configure: Any, client: Client, user: User, settings: Any, told: Any
) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.AllowAllUsersModelBackend"]
    client.force_login(user)
    User.objects.update(is_active=False)

    response = client.post(URL)

    assert response.status_code == 403
    assert response.json() == {"detail": "This account is inactive."}
    assert [line.split()[0] for line in told()] == ["WARNING"]


def test_get_is_not_allowed(configure: Any, signed_in: Client) -> None:
    response = signed_in.get(URL)

    assert response.status_code == 405
    assert response["Allow"] == "POST, OPTIONS"


def test_session_needs_its_csrf_token(configure: Any, user: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)

    assert strict.post(URL).status_code == 403


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        pytest.param(None, "is not set", id="nothing set"),
        pytest.param("", "is not set", id="empty variable"),
        pytest.param(
            "/nowhere/key.json", '"/nowhere/key.json", which does not exist', id="no file"
        ),
        pytest.param("{", "is not JSON", id="broken JSON"),
        pytest.param("{}", "is not the key of a service account", id="other JSON"),
    ],
)
def test_missing_key_is_a_503_and_one_log_line(
    configure: Any, signed_in: Client, user: User, told: Any, credentials: Any, said: str
) -> None:
    configure(CREDENTIALS=credentials)

    response = signed_in.post(URL)

    assert response.status_code == 503
    assert response.json() == {"detail": "Firebase is not available on this server at the moment."}
    assert response["Cache-Control"] == "no-store"
    [line] = told()
    assert line.startswith(
        f'ERROR No custom token for user {user.pk} (503): FIREBELL["CREDENTIALS"] '
    )
    assert said in line


def test_unusable_uid_is_a_500_that_the_log_explains(
    configure: Any, signed_in: Client, told: Any
) -> None:
    configure(UID=lambda user: "a/b")

    response = signed_in.post(URL)

    assert response.status_code == 500
    assert response.json() == {"detail": "This account cannot be given a Firebase identity."}
    assert 'it holds a "/"' in told()[0]


def test_unusable_claims_are_a_500_that_the_log_explains(
    configure: Any, signed_in: Client, told: Any
) -> None:
    configure(CLAIMS=lambda user: {"sub": "what-a-claim-says"})

    assert signed_in.post(URL).status_code == 500
    assert '"sub" is a name reserved by Firebase' in told()[0]


def test_changed_password_leaves_the_kept_custom_token_behind(
    configure: Any, client: Client, user: User
) -> None:
    kept: Any = caches["default"]
    client.force_login(user)
    client.post(URL)
    client.post(URL)
    assert len(kept._cache) == 1

    user.set_password("two")
    user.save()
    client.force_login(user)
    client.post(URL)

    assert len(kept._cache) == 2
