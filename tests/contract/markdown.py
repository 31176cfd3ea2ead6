"""Read what the repository's Markdown shows and promises: blocks, commands, links, tables."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SHOWN = [ROOT / "README.md", ROOT / "django-firebell/README.md", *sorted(ROOT.glob("docs/*.md"))]
"""What readers copy code from."""

_PLACES = ("[A-Z]*.md", "docs/*.md", "[a-z]*/README.md", "examples/*/README.md")
ALL = sorted(path for place in _PLACES for path in ROOT.glob(place))


def blocks(text: str, language: str) -> list[str]:
    """Return each fenced block of *language*, without the indentation of a list."""
    fenced = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", body, flags=re.MULTILINE) for indent, body in fenced]


def code(text: str) -> str:
    """Return all that *text* shows as code, fenced or between backticks."""
    fenced = re.findall(r"^ *```.*?^ *```", text, re.MULTILINE | re.DOTALL)
    return "\n".join(fenced + re.findall(r"`([^`\n]+)`", text))


def make_targets(text: str) -> set[str]:
    """Return every target that a command of *text* makes."""
    return set(re.findall(r"(?:^|[ \n(])make ([a-z]+)", code(text)))


def headings(text: str) -> list[str]:
    """Return the titles of *text*'s sections."""
    without_blocks = re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+ (.+)$", without_blocks, re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Return the fragments under which GitHub shows *text*'s sections."""
    words = (re.sub(r"[^\w\- ]", "", title.lower()) for title in headings(text))
    return {title.replace(" ", "-") for title in words}


def links(text: str) -> list[str]:
    """Return where *text* links to within the repository."""
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def broken(path: Path) -> list[str]:
    """Return the links of *path* that lead nowhere."""
    return [link for link in links(path.read_text()) if not _leads(path, link)]


def first_column(text: str, header: str) -> set[str]:
    """Return every name in backticks in the first column of the table headed *header*."""
    (table,) = re.findall(rf"^\| {re.escape(header)} \|.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    cells = [row.split("|")[1] for row in table.splitlines()[1:]]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def _leads(path: Path, link: str) -> bool:
    name, _, fragment = link.partition("#")
    target = path.parent / name if name else path
    if not target.exists():
        return False
    return not fragment or fragment in anchors(target.read_text())
