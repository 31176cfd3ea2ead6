import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import firebase_admin
import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from testproject.service_account import ACCOUNT, PROJECT, key_of

from django_firebell import errors
from django_firebell.tokens import CustomToken, custom_token

AUDIENCE = (
    "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit"
)
NOW = 1_800_000_000


@pytest.fixture(autouse=True)
def _frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def user() -> User:
    return User(pk=7, username="alice", password="md5$one", first_name="pro")


@pytest.fixture
def verified(private_key: rsa.RSAPrivateKey) -> Callable[[CustomToken], dict[str, Any]]:
    """Read a custom token after checking signature, life and audience, as Google would."""

    def verified(minted: CustomToken) -> dict[str, Any]:
        public_key = private_key.public_key()
        read: dict[str, Any] = jwt.decode(
            minted.value, public_key, algorithms=["RS256"], audience=AUDIENCE, issuer=ACCOUNT
        )
        return read

    return verified


def test_custom_token_is_signed_by_the_service_account(
    configure: Any, user: User, verified: Any
) -> None:
    configure(CLAIMS={"plan": "pro"}, SENDERS=["alice"])

    read = verified(custom_token(user))

    assert read == {
        "iss": ACCOUNT,
        "sub": ACCOUNT,
        "aud": AUDIENCE,
        "iat": NOW,
        "exp": NOW + 3600,
        "uid": "7",
        "claims": {"plan": "pro", "senderUntil": NOW + 43_200},
    }


def test_signature_of_another_key_does_not_verify(
    configure: Any, user: User, verified: Any
) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    configure(CREDENTIALS=key_of(other))

    with pytest.raises(jwt.InvalidSignatureError):
        verified(custom_token(user))


def test_functions_named_by_dotted_path_decide(configure: Any, user: User, verified: Any) -> None:
    user.is_staff = True
    configure(
        UID="testproject.functions.username",
        CLAIMS="testproject.functions.plan_of",
        SENDERS="testproject.functions.is_staff",
        SENDER_SECONDS=60,
    )

    read = verified(custom_token(user))

    assert read["uid"] == "alice"
    assert read["claims"] == {"plan": "pro", "senderUntil": NOW + 60}


def test_who_is_no_sender_has_no_sender_until(configure: Any, user: User, verified: Any) -> None:
    configure(SENDERS=["bob"])

    assert "claims" not in verified(custom_token(user))


@pytest.mark.parametrize("form", ["path", "Path", "text", "dict", "application default"])
def test_every_form_of_credentials_signs(
    form: str,
    configure: Any,
    user: User,
    verified: Any,
    key_text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "key.json"
    file.write_text(key_text)
    if form == "application default":
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    forms = {"path": str(file), "Path": file, "text": key_text, "dict": json.loads(key_text)}
    configure(CREDENTIALS=forms.get(form, form))

    assert verified(custom_token(user))["uid"] == "7"


def test_emulator_wins_over_a_missing_key_and_gets_unsigned_custom_tokens(
    configure: Any, user: User, emulated: Callable[[str], None]
) -> None:
    configure(CREDENTIALS="/nowhere/key.json")
    emulated("127.0.0.1:9099")

    minted = custom_token(user).value

    assert jwt.get_unverified_header(minted)["alg"] == "none"
    assert jwt.decode(minted, options={"verify_signature": False})["uid"] == "7"
    assert minted.endswith(".")


def test_default_firebase_app_of_the_project_is_left_alone(configure: Any, user: User) -> None:
    theirs = firebase_admin.initialize_app(options={"projectId": "theirs"})
    try:
        custom_token(user)

        assert firebase_admin.get_app() is theirs
        assert firebase_admin.get_app().project_id == "theirs"
    finally:
        firebase_admin.delete_app(theirs)


def test_first_requests_at_once_share_one_firebase_app(configure: Any) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    configure(CREDENTIALS=key_of(other), CACHE_SECONDS=0)
    users = [User(pk=number) for number in range(32)]

    with ThreadPoolExecutor(8) as threads:
        minted = list(threads.map(custom_token, users))

    assert len({each.value for each in minted}) == 32


def test_inactive_user_gets_no_custom_token(configure: Any, user: User) -> None:
    user.is_active = False

    with pytest.raises(errors.InactiveUser):
        custom_token(user)


def test_uid_from_a_setting_is_checked(configure: Any, user: User) -> None:
    configure(UID=lambda user: "a/b")

    with pytest.raises(errors.InvalidUid, match="/"):
        custom_token(user)


def test_reserved_claim_from_a_function_is_refused_by_name(configure: Any, user: User) -> None:
    configure(CLAIMS=lambda user: {"aud": "x"})

    with pytest.raises(errors.InvalidClaims, match='"aud" is a name reserved by Firebase'):
        custom_token(user)


def test_machine_without_application_default_credentials_is_told(
    configure: Any, user: User
) -> None:
    configure(CREDENTIALS="application default", PROJECT_ID=PROJECT)

    with pytest.raises(errors.CredentialsMissing, match="gcloud auth application-default login"):
        custom_token(user)


def test_key_pasted_where_a_path_belongs_is_not_repeated(configure: Any, user: User) -> None:
    configure(CREDENTIALS="-----BEGIN PRIVATE KEY-----\nMIIE")

    with pytest.raises(errors.Misconfigured) as refused:
        custom_token(user)

    assert "MIIE" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_representation_of_a_custom_token_hides_it(configure: Any, user: User) -> None:
    minted = custom_token(user)

    assert minted.value not in repr(minted)


def test_expires_in_is_the_remaining_life(configure: Any, user: User) -> None:
    minted = custom_token(user)

    with time_machine.travel(NOW + 100, tick=False):
        assert minted.as_json() == {"firebase_token": minted.value, "expires_in": 3500}
        assert minted.expires_at - int(time.time()) == 3500
