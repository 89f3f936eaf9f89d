"""docs/README.md leads to every page and schema, and no link of the docs leads nowhere.

A folder's own README.md lists the pages below it, and stands for them.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    *sorted(DOCS.rglob("*.md")),
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "changes/README.md", "evals/README.md")
    ),
]
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def linked(page: Path) -> set[Path]:
    targets = [found[0] for found in _LINK.findall(page.read_text(encoding="utf-8"))]
    return {(page.parent / target).resolve() for target in targets if "://" not in target}


def listed_by(index: Path) -> set[Path]:
    """Give what an index has to list: all pages below it, or their own index in place of them."""
    below = {*index.parent.rglob("*.md"), *index.parent.rglob("*.json")} - {index}
    folders = {one.parent for one in below if one.name == index.name}
    return {one for one in below if one.name == index.name or not folders.intersection(one.parents)}


@pytest.mark.parametrize("index", sorted(DOCS.rglob("README.md")), ids=lambda index: index.parent.name)
def test_an_index_lists_every_page(index: Path) -> None:
    outside = {index, ROOT / "CONTRIBUTING.md"}
    if index.parent != DOCS:
        outside |= {one for one in linked(index) if index.parent not in one.parents}
    assert linked(index) - outside == listed_by(index)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [target for target in linked(page) if not target.exists()] == []
