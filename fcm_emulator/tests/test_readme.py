"""The README's example does what it says."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_example_for_tests_passes_as_it_stands(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?def test_.*?)```", README.read_text(), re.DOTALL)
    (tmp_path / "test_example.py").write_text(example)

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout
    assert f"{example.count('def test_')} passed" in ended.stdout
