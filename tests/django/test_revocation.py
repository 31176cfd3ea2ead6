import socket
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from testproject.models import Member
from testproject.service_account import closed_port

from django_firebell.tokens import custom_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def user() -> User:
    user: User = User.objects.create_user(f"user-{uuid.uuid4().hex}")
    return user


@pytest.fixture
def unreachable(configure: Any, emulated: Callable[[str], None]) -> None:
    emulated(f"127.0.0.1:{closed_port()}")


class SignedIn:
    """A Firebase session at the Auth emulator, held by a client."""

    def __init__(self, host: str, user: User) -> None:
        self._url = f"http://{host}/identitytoolkit.googleapis.com/v1/accounts"
        body = {"token": custom_token(user).value, "returnSecureToken": True}
        self._id_token = self._post("signInWithCustomToken", body)["idToken"]

    def is_revoked(self) -> bool:
        answer = self._post("lookup", {"idToken": self._id_token})
        return bool(answer.get("error", {}).get("message") == "TOKEN_EXPIRED")

    def _post(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._url}:{method}?key=fake"
        answer: dict[str, Any] = requests.post(url, json=body, timeout=10).json()
        return answer


@pytest.fixture
def signed_in(auth_emulator: str, configure: Any, user: User) -> Iterator[SignedIn]:
    configure(UID="testproject.functions.username")
    session = SignedIn(auth_emulator, user)
    # Revocation counts in whole seconds, and by the clock of the one who revokes.
    with time_machine.travel(time.time() + 2):
        yield session


def test_command_revokes(signed_in: SignedIn, user: User, capsys: Any) -> None:
    assert not signed_in.is_revoked()

    call_command("firebell_revoke", user.username)

    assert signed_in.is_revoked()
    assert (
        f'Revoked the refresh tokens of Firebase user "{user.username}".' in capsys.readouterr().out
    )


def test_command_revokes_a_uid_without_a_user(signed_in: SignedIn, user: User) -> None:
    call_command("firebell_revoke", "--uid", user.username)

    assert signed_in.is_revoked()


def test_command_says_that_there_is_nothing_to_revoke(
    auth_emulator: str, configure: Any, user: User, capsys: Any
) -> None:
    configure(UID="testproject.functions.username")

    call_command("firebell_revoke", user.username)

    assert "There is nothing to revoke." in capsys.readouterr().out


def test_command_names_a_user_that_does_not_exist(configure: Any) -> None:
    with pytest.raises(CommandError, match='There is no user "nobody"'):
        call_command("firebell_revoke", "nobody")


def test_command_refuses_a_uid_that_cannot_be(configure: Any) -> None:
    with pytest.raises(CommandError, match="No usable Firebase uid"):
        call_command("firebell_revoke", "--uid", "a/b")


def test_command_fails_where_firebase_cannot_be_reached(unreachable: None, user: User) -> None:
    with pytest.raises(CommandError, match="Firebase answered UNAVAILABLE"):
        call_command("firebell_revoke", user.username)


def test_command_fails_where_google_gives_no_credentials(configure: Any, user: User) -> None:
    with pytest.raises(CommandError, match="Google gave no credentials"):
        call_command("firebell_revoke", user.username)


def test_command_fails_without_a_key(configure: Any, user: User) -> None:
    configure(CREDENTIALS=None)

    with pytest.raises(CommandError, match="is not set"):
        call_command("firebell_revoke", user.username)


def test_deactivation_revokes(signed_in: SignedIn, user: User, told: Any) -> None:
    user.is_active = False
    user.save()

    assert signed_in.is_revoked()
    assert told() == [f"INFO Revoked the Firebase refresh tokens of user {user.pk}."]


def test_deactivation_through_a_proxy_revokes(signed_in: SignedIn, user: User) -> None:
    member = Member._base_manager.get(pk=user.pk)
    member.is_active = False
    member.save(update_fields=["is_active"])

    assert signed_in.is_revoked()


def test_deletion_revokes(signed_in: SignedIn, user: User, told: Any) -> None:
    key = user.pk
    with transaction.atomic():  # as the admin does: Django forgets the key before the commit
        user.delete()

    assert signed_in.is_revoked()
    assert told() == [f"INFO Revoked the Firebase refresh tokens of user {key}."]


def test_user_who_never_signed_in_is_no_error(
    auth_emulator: str, configure: Any, user: User, told: Any
) -> None:
    configure(UID="testproject.functions.username")
    user.is_active = False
    user.save()

    assert told() == [f"INFO User {user.pk} is unknown at Firebase: there is nothing to revoke."]


def test_user_is_saved_though_firebase_cannot_be_reached(
    unreachable: None, user: User, told: Any
) -> None:
    user.is_active = False
    user.save()

    assert not User.objects.get().is_active
    [line] = told()
    assert line.startswith(f"ERROR Could not revoke the Firebase refresh tokens of user {user.pk}")
    assert "manage.py firebell_revoke" in line


def test_user_is_deleted_though_firebase_cannot_be_reached(
    unreachable: None, user: User, told: Any
) -> None:
    user.delete()

    assert not User.objects.exists()
    assert len(told()) == 1


def test_user_is_saved_though_the_key_is_missing(configure: Any, user: User, told: Any) -> None:
    configure(CREDENTIALS="/nowhere/key.json")
    user.is_active = False
    user.save()

    assert not User.objects.get().is_active
    assert len(told()) == 1


def test_user_is_saved_though_the_uid_function_is_broken(
    unreachable: None, configure: Any, user: User
) -> None:
    configure(UID="testproject.functions.broken")
    user.is_active = False
    user.save()

    assert not User.objects.get().is_active


def test_save_does_not_wait_for_a_slow_firebase(
    configure: Any, emulated: Callable[[str], None], user: User, told: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        emulated(f"127.0.0.1:{silent.getsockname()[1]}")
        configure(TIMEOUT_SECONDS=0.2)
        user.is_active = False
        started = time.monotonic()
        user.save()
        waited_s = time.monotonic() - started

        assert waited_s < 1
        assert told()[:1] == [
            f"WARNING Still revoking the Firebase refresh tokens of user {user.pk}."
        ]


@pytest.mark.parametrize("deactivated", [True, False])
def test_saves_that_deactivate_nobody_ask_nobody(
    unreachable: None, user: User, told: Any, deactivated: bool
) -> None:
    User.objects.update(is_active=not deactivated)
    user.refresh_from_db()
    user.first_name = "Alice"
    user.save()
    user.is_active = False
    user.save(update_fields=["first_name"])
    User(username="new", is_active=False).save()

    assert told() == []


def test_active_user_is_saved_without_an_extra_query(
    unreachable: None, user: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        user.save()


def test_deactivation_that_is_rolled_back_revokes_nothing(
    unreachable: None, user: User, told: Any
) -> None:
    user.is_active = False
    with transaction.atomic():
        user.save()
        transaction.set_rollback(True)

    assert User.objects.get().is_active
    assert told() == []


def test_hook_can_be_switched_off(unreachable: None, configure: Any, user: User, told: Any) -> None:
    configure(REVOKE_ON_DEACTIVATION=False)
    user.is_active = False
    user.save()

    assert told() == []
