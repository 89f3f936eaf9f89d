"""docs/README.md leads to every page and schema, and no link of the docs leads nowhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    *sorted(DOCS.rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "changes/README.md")),
]
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def linked(page: Path) -> set[Path]:
    targets = [found[0] for found in _LINK.findall(page.read_text(encoding="utf-8"))]
    return {(page.parent / target).resolve() for target in targets if "://" not in target}


def test_the_index_lists_every_page() -> None:
    pages = {*DOCS.rglob("*.md"), *DOCS.rglob("*.json")}
    beside = {DOCS / "README.md", ROOT / "CONTRIBUTING.md"}
    assert linked(DOCS / "README.md") - beside == pages - beside


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [target for target in linked(page) if not target.exists()] == []
