import re
from importlib.metadata import distribution, requires
from importlib.util import find_spec
from pathlib import Path

from django_firebell import conf

ROOT = Path(__file__).parents[2]
README = ROOT / "django-firebell" / "README.md"


def test_what_is_tested_is_installed_and_not_the_source() -> None:
    spec = find_spec("django_firebell")

    assert spec is not None
    assert spec.origin is not None
    assert ROOT / "django-firebell" not in Path(spec.origin).parents


def test_wheel_says_that_it_is_typed() -> None:
    files = [str(file) for file in distribution("django-firebell").files or []]

    assert "django_firebell/py.typed" in files
    assert "django_firebell/management/commands/firebell_revoke.py" in files


def test_rest_framework_is_optional() -> None:
    needed = [line for line in requires("django-firebell") or [] if "extra ==" not in line]

    assert not [line for line in needed if "rest" in line]


def test_readme_tells_every_setting() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", README.read_text(encoding="utf-8"), re.MULTILINE)

    assert rows == list(conf.DEFAULTS)
