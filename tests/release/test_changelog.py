"""How changes get into the changelog: a fragment each, and the next version above the last one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pressroom
from scripts.release import require_changelog

ROOT = Path(__file__).parents[2]
KINDS = {"added", "changed", "fixed"}
FRAGMENTS = sorted((ROOT / "changes").glob("+*"))


def test_the_changelog_tells_of_the_packages_version() -> None:
    require_changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), [], pressroom.__version__)


def test_changes_holds_fragments_of_the_three_kinds_and_nothing_else() -> None:
    assert {path.name for path in (ROOT / "changes").iterdir()} - {path.name for path in FRAGMENTS} == {
        "README.md"
    }
    for path in FRAGMENTS:
        _, kind, ending = path.name.split(".")
        assert (kind in KINDS, ending, bool(path.read_text(encoding="utf-8").strip())) == (True, "md", True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the changelog is made of."""
    for name in ("pyproject.toml", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "changes").mkdir()
    return tmp_path


@pytest.mark.usefixtures("foreign_programs")
def test_a_new_fragment_shows_under_the_next_version_above_the_last_one(tree: Path) -> None:
    before = (tree / "CHANGELOG.md").read_text(encoding="utf-8")
    (tree / "changes" / "+slots.fixed.md").write_text("Slots are kept.\n", encoding="utf-8")
    command = [sys.executable, "-m", "towncrier", "build", "--keep", "--version", "99.0.0"]
    subprocess.run([*command, "--date", "2027-01-01"], cwd=tree, check=True, capture_output=True)
    after = (tree / "CHANGELOG.md").read_text(encoding="utf-8")
    head, mark, told = before.partition("<!-- towncrier release notes start -->")
    added = after.removeprefix(head + mark).removesuffix(told.lstrip())
    assert " ".join(added.split()) == "## 99.0.0 (2027-01-01) ### Fixed - Slots are kept."
