"""Runs what needs an environment of its own: django-firebell over the versions it supports.

`nox -s django` runs every pair of Django and Python that this machine can; `nox -l` lists them.
Everything else runs in the root's environment (tools/check, tools/test).
"""

import shutil
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT))  # nox puts the folder of its own script there, not this one

from tools import pythons  # noqa: E402 - importable from the line above on

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["django", "django_types"]

OLDEST, NEWEST = (3, 10), (3, 13)
# Not pinned further, on purpose: projects follow each series' security releases at once, so what is
# promised is the newest patch of each, and a patch that breaks us should be our news first.
DJANGO_NEEDS = {"5.2": (3, 10), "6.0": (3, 12), "6.1": (3, 12)}
# All else is pinned, so that a run tells of a change here or in Django, of nothing else. Where two
# versions differ by Python, it is the newest that the oldest Python can run.
REST_FRAMEWORK = ["djangorestframework==3.18.3", "djangorestframework-simplejwt==5.5.1"]
TEST_REQUIREMENTS = [
    "cryptography==50.0.2",
    "pyjwt==2.15.1",
    "pytest==9.2.0",
    "pytest-django==4.14.0",
    "pytest-randomly==5.0.0",
    "requests==2.34.2",
    "time-machine==3.5.1",
]
TYPE_REQUIREMENTS = [
    "django-stubs==6.1.2",
    "djangorestframework-stubs==3.18.1",
    "mypy==2.4.1",
    "nox==2026.10.20",
    "types-requests==2.33.0.20261030",
]

INTERPRETERS = {found.version[:2]: found.path for found in pythons.installed(OLDEST, NEWEST)}
PAIRS = [
    (path, django, f"django{django}-python{version[0]}.{version[1]}")
    for version, path in INTERPRETERS.items()
    for django, oldest in DJANGO_NEEDS.items()
    if version >= oldest
]
NEWEST_HERE = next(iter(INTERPRETERS.values()), sys.executable)
WITH = [nox.param(path, django, True, id=pair) for path, django, pair in PAIRS]
# Whether REST framework is there changes which modules are imported, so one environment tells.
WITHOUT = [
    nox.param(path, django, False, id=f"{pair}-without-rest-framework")
    for path, django, pair in PAIRS
    if path == NEWEST_HERE
][-1:]

_built: list[Path] = []


@nox.session
@nox.parametrize(["python", "django", "rest_framework"], WITH + WITHOUT)
def django(session: nox.Session, django: str, rest_framework: bool) -> None:
    """Test the installed wheel with one Django on one Python."""
    extra = REST_FRAMEWORK if rest_framework else []
    session.install(_wheel(session), f"django=={django}.*", *extra, *TEST_REQUIREMENTS)
    session.run(
        "python", "-m", "pytest", "-c", "tests/django/pytest.ini", "tests/django", *session.posargs
    )


@nox.session(python=NEWEST_HERE)
def django_types(session: nox.Session) -> None:
    """Type-check what is made for Django and the example project, with Django's stubs."""
    session.install(_wheel(session), *REST_FRAMEWORK, *TYPE_REQUIREMENTS, *TEST_REQUIREMENTS)
    config = "--config-file=django-firebell/pyproject.toml"
    session.run("mypy", config, "django-firebell/src")
    session.run("mypy", config, "firebell-import/src")
    session.run("mypy", config, "tests/django", env={"MYPYPATH": "tests/django"})
    session.run("mypy", config, "examples/django", env={"MYPYPATH": "examples/django"})


def _wheel(session: nox.Session) -> Path:
    """Build django-firebell's wheel, once per run of nox."""
    if not _built:
        folder = Path(session.cache_dir) / "django-firebell"
        shutil.rmtree(folder, ignore_errors=True)
        source, target = "./django-firebell", str(folder)
        if session.venv_backend == "uv":
            command = ["uv", "build", "--quiet", "--wheel", "--out-dir", target, source]
        else:
            command = ["pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", target, source]
        session.run_install(*command, external=True)
        # With --no-install nothing was built, and nothing will be installed.
        _built.append(next(folder.glob("*.whl"), folder))
    return _built[0]
