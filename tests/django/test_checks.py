from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import run_checks

from django_firebell import conf


@pytest.fixture
def found() -> Callable[..., list[tuple[str, str]]]:
    """Run Django's checks; give id and text of each of ours."""

    def found(*, deploy: bool = False) -> list[tuple[str, str]]:
        messages = run_checks(tags=["firebell"], include_deployment_checks=deploy)
        return [(str(message.id), message.msg) for message in messages]

    return found


def test_right_settings_pass(configure: Any, found: Any) -> None:
    assert found() == []


def test_checks_run_without_being_asked_for(configure: Any) -> None:
    configure(CACHE_SECONDS=-1)

    assert "firebell.E009" in [message.id for message in run_checks()]


@pytest.mark.parametrize(
    ("setting", "value", "expected_id", "said"),
    [
        ("CREDENTIALS", 7, "firebell.E002", "must be a path"),
        ("CREDENTIALS", "[1]", "firebell.W001", "does not exist"),
        ("CREDENTIALS", "{'type': 1}", "firebell.E002", "is not JSON (line 1, column 2)"),
        ("CREDENTIALS", {"type": "authorized_user"}, "firebell.E002", "lacks project_id"),
        ("PROJECT_ID", 7, "firebell.E003", "must be a string"),
        ("SERVICE_ACCOUNT", 7, None, ""),
        ("UID", "nowhere.uid", "firebell.E005", "cannot be imported"),
        ("UID", "uid", "firebell.E005", "cannot be imported"),
        ("UID", None, "firebell.E005", "must be a function"),
        ("CLAIMS", {"sub": "x"}, "firebell.E006", '"sub" is a name reserved'),
        ("CLAIMS", {"senderUntil": 1}, "firebell.E006", "comes from SENDERS"),
        ("CLAIMS", 7, "firebell.E006", "must be a function"),
        ("SENDERS", "alice", "firebell.E007", "cannot be imported"),
        ("SENDERS", [1], "firebell.E007", "must list usernames"),
        ("SENDERS", None, "firebell.E007", "must be a function"),
        ("SENDER_SECONDS", 59, "firebell.E008", "at least 60"),
        ("SENDER_SECONDS", "60", "firebell.E008", "whole number"),
        ("CACHE_SECONDS", 3600, "firebell.E009", "at most 3000"),
        ("CACHE_ALIAS", "nowhere", "firebell.E010", "one of the names in CACHES"),
        ("REVOKE_ON_DEACTIVATION", "no", "firebell.E011", "True or False"),
        ("TIMEOUT_SECONDS", 0, "firebell.E012", "above 0"),
        ("TIMEOUT_SECONDS", True, "firebell.E012", "above 0"),
    ],
)
def test_wrong_setting_is_named(
    configure: Any, found: Any, setting: str, value: Any, expected_id: str | None, said: str
) -> None:
    configure(**{setting: value})

    if expected_id is None:
        assert found() == []
        return
    [(check_id, text)] = found()
    assert check_id == expected_id
    assert text.startswith(f'FIREBELL["{setting}"] ')
    assert said in text


def test_service_account_is_read_with_application_default_credentials(
    configure: Any, found: Any
) -> None:
    configure(CREDENTIALS="application default", SERVICE_ACCOUNT=7)

    assert [check_id for check_id, _ in found()] == ["firebell.E004"]


def test_every_wrong_setting_is_named_at_once(configure: Any, found: Any) -> None:
    configure(UID=None, SENDERS=None, CACHE_SECONDS=None)

    assert [check_id for check_id, _ in found()] == [
        "firebell.E005",
        "firebell.E007",
        "firebell.E009",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"CACHE_SECOND": 1}, 'did you mean "CACHE_SECONDS"?'),
        ({"cache_seconds": 1}, 'did you mean "CACHE_SECONDS"?'),
        ({"XYZ": 1}, "known are CREDENTIALS, "),
        ([], "FIREBELL must be a dict"),
    ],
)
def test_unknown_key_is_named(settings: Any, found: Any, given: Any, said: str) -> None:
    settings.FIREBELL = given

    [(check_id, text)] = found()
    assert check_id == "firebell.E001"
    assert said in text


def test_project_without_any_setting_is_warned_alone(settings: Any, found: Any) -> None:
    del settings.FIREBELL

    [(check_id, text)] = found()
    assert check_id == "firebell.W001"
    assert 'FIREBELL["CREDENTIALS"] is not set' in text


def test_key_with_a_broken_private_part_is_named(
    configure: Any, found: Any, key: dict[str, str]
) -> None:
    configure(CREDENTIALS={**key, "private_key": key["private_key"][:200]})

    [(check_id, text)] = found()
    assert check_id == "firebell.E002"
    assert text == (
        'FIREBELL["CREDENTIALS"] has a "private_key" that cannot be read: download a new key.'
    )


def test_emulator_host_with_a_scheme_is_named(configure: Any, found: Any, emulated: Any) -> None:
    emulated("http://127.0.0.1:9099")

    assert found() == [
        ("firebell.E013", "FIREBASE_AUTH_EMULATOR_HOST must be host:port, without http://.")
    ]


def test_emulator_without_a_project_is_named(
    configure: Any, found: Any, emulated: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulated("127.0.0.1:9099")
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT")

    [(check_id, text)] = found()
    assert check_id == "firebell.E003"
    assert "GOOGLE_CLOUD_PROJECT" in text


def test_emulator_in_a_deployment_is_warned_of(configure: Any, found: Any, emulated: Any) -> None:
    assert found(deploy=True) == []
    emulated("127.0.0.1:9099")

    assert found() == []
    assert [check_id for check_id, _ in found(deploy=True)] == ["firebell.W002"]


def test_defaults_need_nothing_but_credentials(configure: Any) -> None:
    settings = conf.read()

    assert (settings.sender_s, settings.cache_s, settings.timeout_s) == (43_200, 1_800, 5)
    assert settings.revoke_on_deactivation is True
