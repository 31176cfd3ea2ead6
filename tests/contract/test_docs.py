"""What the documents show can be copied, and what they point at is there."""

import json
import re
from pathlib import Path

import pytest

from tests.contract import markdown
from tests.contract.markdown import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("path", markdown.SHOWN, ids=names(markdown.SHOWN))
def test_python_that_is_shown_compiles(path: Path) -> None:
    for block in markdown.blocks(path.read_text(), "python"):
        compile(block, str(path), "exec")


@pytest.mark.parametrize("path", markdown.SHOWN, ids=names(markdown.SHOWN))
def test_json_that_is_shown_parses(path: Path) -> None:
    for block in markdown.blocks(path.read_text(), "json"):
        json.loads(block)


@pytest.mark.parametrize("path", markdown.ALL, ids=names(markdown.ALL))
def test_make_target_that_is_named_exists(path: Path) -> None:
    assert markdown.make_targets(path.read_text()) <= TARGETS


def test_make_help_names_every_target_but_itself() -> None:
    told = set(re.findall(r'@echo "make ([a-z]+)', MAKEFILE))

    assert told == TARGETS - {"help"}


@pytest.mark.parametrize("path", markdown.ALL, ids=names(markdown.ALL))
def test_link_within_the_repository_leads_somewhere(path: Path) -> None:
    assert markdown.broken(path) == []


def test_page_that_hosting_serves_names_sections_of_the_readme() -> None:
    page = re.sub(r"\s+", " ", (ROOT / "hosting/index.html").read_text())
    (sentence,) = re.findall(r"The README [^<]*", page)
    named = re.findall(r'"([^"]+)"', sentence)

    assert named
    assert set(named) <= set(markdown.headings((ROOT / "README.md").read_text()))


def test_there_is_something_to_look_at() -> None:
    readme = (ROOT / "README.md").read_text()

    assert len(markdown.blocks(readme, "python")) == 5
    assert {"demo", "test"} <= markdown.make_targets(readme)
    assert "docs/deploy.md" in markdown.links(readme)
    assert ROOT / "fcm_emulator/README.md" in markdown.ALL


def test_mistakes_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One `section`\n[a](gone.md) [b](page.md#one-section) [c](#another) [d](https://x.y)\n"
        "1. a list\n   ```python\n   x = (\n   ```\n`make everything`, which does not make sense\n"
    )
    text = page.read_text()

    assert markdown.broken(page) == ["gone.md", "#another"]
    assert markdown.blocks(text, "python") == ["x = (\n"]
    assert markdown.make_targets(text) == {"everything"}
