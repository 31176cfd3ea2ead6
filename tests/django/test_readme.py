from typing import Any

import pytest
from django.urls.resolvers import RoutePattern, URLResolver
from readme import READMES, run


@pytest.fixture(params=READMES)
def project(request: pytest.FixtureRequest) -> dict[str, Any]:
    given = {"INSTALLED_APPS": ["django.contrib.auth"], "urlpatterns": []}
    return run(request.param, block_with="INSTALLED_APPS", given=given)


def test_settings_of_the_readme_can_be_copied(project: dict[str, Any]) -> None:
    assert project["INSTALLED_APPS"] == ["django.contrib.auth", "django_firebell"]
    assert set(project["FIREBELL"]) == {"CREDENTIALS"}


def test_urls_of_the_readme_can_be_copied(project: dict[str, Any]) -> None:
    urls = URLResolver(RoutePattern(""), project["urlpatterns"])

    assert urls.resolve("api/firebase-token/").view_name == "firebell:token"
