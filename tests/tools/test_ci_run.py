"""`.ci/run` in a folder whose Makefile says what each target does."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_ci(
    folder: Path, *, setup: str = "true", check: str = "true"
) -> subprocess.CompletedProcess[str]:
    """Run a copy of .ci/run in *folder*; every target leaves a line in `made`."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", folder / ".ci/run")
    (folder / ".stack").mkdir()
    targets = {
        "setup": setup,
        "check": f"echo check-result > .stack/check-results; {check}",
        "test": "echo test-result > .stack/test-results",
    }
    rules = [f"{name}:\n\t@echo {name} >> made; {does}\n" for name, does in targets.items()]
    (folder / "Makefile").write_text("".join(rules))
    return subprocess.run([folder / ".ci/run"], text=True, capture_output=True)


def made(folder: Path) -> list[str]:
    return (folder / "made").read_text().split()


def test_a_failed_set_up_ends_the_run_at_once_with_its_status(tmp_path: Path) -> None:
    ended = run_ci(tmp_path, setup="exit 3")

    assert made(tmp_path) == ["setup"]
    assert ended.returncode == 2  # make's own, whatever the recipe's was
    assert "No such file" not in ended.stderr


def test_a_failed_check_does_not_keep_the_tests_from_running(tmp_path: Path) -> None:
    ended = run_ci(tmp_path, check="exit 3")

    assert made(tmp_path) == ["setup", "check", "test"]
    assert ended.returncode == 1
    assert ended.stdout.endswith("\ncheck-result\ntest-result\n")


def test_all_that_passes_ends_with_status_0(tmp_path: Path) -> None:
    ended = run_ci(tmp_path)

    assert ended.returncode == 0
