"""Runs what a README shows, as a reader does who copies it."""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "django-firebell/README.md")


def run(readme: str, *, block_with: str, given: dict[str, Any]) -> dict[str, Any]:
    """Run the one Python block of *readme* that holds *block_with*, after *given*."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (block,) = [block for block in blocks if block_with in block]
    names = {"__name__": "readme", **given}
    exec(compile(block, readme, "exec"), names)
    return names
