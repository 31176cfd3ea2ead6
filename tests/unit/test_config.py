import pytest

from firebell import config
from firebell.config import Settings
from firebell.errors import Misconfigured

ACCOUNT = "orders@shop-prod.iam.gserviceaccount.com"
PROJECT = {"GCLOUD_PROJECT": "shop-prod"}


def test_settings_that_are_left_out_have_their_defaults() -> None:
    assert config.read(PROJECT) == Settings(
        project_id="shop-prod",
        stale_days=30,
        remove_days=270,
        clears_elsewhere=True,
        firebase_worker=False,
        sender_accounts=frozenset(),
        audiences=frozenset(),
        checks_revoked=False,
        enforces_app_check=False,
        calls_per_minute=600,
        identity_emulators={},
    )


def test_settings_are_read_from_the_environment() -> None:
    settings = config.read(
        {
            "GOOGLE_CLOUD_PROJECT": "shop-prod",
            "STALE_DAYS": "7",
            "REMOVE_DAYS": "8",
            "CLEAR_ELSEWHERE": "false",
            "CALLS_PER_MINUTE": "0",
            "WEB_WORKER": "firebase",
        }
    )

    assert (settings.project_id, settings.stale_days, settings.remove_days) == ("shop-prod", 7, 8)
    assert settings.calls_per_minute == 0
    assert not settings.clears_elsewhere
    assert settings.firebase_worker


def test_lists_are_parted_by_commas() -> None:
    settings = config.read(
        {
            **PROJECT,
            "SENDER_ACCOUNTS": "a@b.iam.gserviceaccount.com, 1@developer.gserviceaccount.com",
            "AUDIENCES": "https://shop-prod.web.app,firebell",
            "CHECK_REVOKED": "true",
            "ENFORCE_APP_CHECK": "true",
            "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9099",
        }
    )

    assert settings.sender_accounts == {
        "a@b.iam.gserviceaccount.com",
        "1@developer.gserviceaccount.com",
    }
    assert settings.audiences == {"https://shop-prod.web.app", "firebell"}
    assert settings.checks_revoked
    assert settings.enforces_app_check
    assert settings.identity_emulators == {"FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:9099"}


@pytest.mark.parametrize(
    ("environment", "setting"),
    [
        ({}, "GCLOUD_PROJECT"),
        ({**PROJECT, "STALE_DAYS": "0"}, "STALE_DAYS"),
        ({**PROJECT, "STALE_DAYS": "a month"}, "STALE_DAYS"),
        ({**PROJECT, "REMOVE_DAYS": "-1"}, "REMOVE_DAYS"),
        ({**PROJECT, "REMOVE_DAYS": "10000"}, "REMOVE_DAYS"),
        ({**PROJECT, "STALE_DAYS": "270"}, "REMOVE_DAYS"),
        ({**PROJECT, "CLEAR_ELSEWHERE": "no"}, "CLEAR_ELSEWHERE"),
        ({**PROJECT, "CALLS_PER_MINUTE": "-1"}, "CALLS_PER_MINUTE"),
        ({**PROJECT, "WEB_WORKER": "google"}, "WEB_WORKER"),
        ({**PROJECT, "CLIENT_TOPICS": "news,*-public"}, "CLIENT_TOPICS"),
        ({**PROJECT, "SENDER_ACCOUNTS": ACCOUNT}, "AUDIENCES"),
        ({**PROJECT, "SENDER_ACCOUNTS": "ada@gmail.com", "AUDIENCES": "x"}, "SENDER_ACCOUNTS"),
        ({**PROJECT, "SENDER_ACCOUNTS": f"{ACCOUNT},", "AUDIENCES": "x"}, "SENDER_ACCOUNTS"),
        ({**PROJECT, "AUDIENCES": "a b"}, "AUDIENCES"),
    ],
    ids=[
        "no project",
        "zero",
        "words",
        "negative",
        "beyond all bounds",
        "stale after removal",
        "neither",
        "fewer calls than none",
        "nobody's worker",
        "no topic",
        "accounts for no audience",
        "a person",
        "a comma too many",
        "space",
    ],
)
def test_setting_that_makes_no_sense_is_named(environment: dict[str, str], setting: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        config.read(environment)

    assert refused.value.setting == setting


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({}, {"public-*"}),
        ({"CLIENT_TOPICS": ""}, set()),
        ({"CLIENT_TOPICS": "*"}, {"*"}),
        ({"CLIENT_TOPICS": "news, team-*"}, {"news", "team-*"}),
    ],
    ids=["default", "none", "all", "some"],
)
def test_topics_that_clients_may_join_are_listed(said: dict[str, str], read: set[str]) -> None:
    assert config.read({**PROJECT, **said}).client_topics == read


def test_firebase_is_told_what_the_platform_says() -> None:
    said = '{"projectId": "shop-prod", "storageBucket": "b", "locationId": "europe-west1"}'

    assert config.firebase({"FIREBASE_CONFIG": said}) == {
        "projectId": "shop-prod",
        "storageBucket": "b",
    }
    assert config.firebase({}) == {}


@pytest.mark.parametrize("said", ["{", "[]", "firebase.json"])
def test_firebase_config_that_is_none_is_named(said: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        config.firebase({"FIREBASE_CONFIG": said})

    assert caught.value.setting == "FIREBASE_CONFIG"
