"""What the pages for whoever carries on name exists: every room, file, class and function."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import pressroom

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PACKAGE = Path(pressroom.__file__).parent
PAGES = [DOCS / "glossary.md", DOCS / "architecture.md", DOCS / "howto" / "extending.md"]
ROOMS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
_DOTTED = re.compile(rf"`((?:{'|'.join(sorted(ROOMS))})(?:\.\w+)+)`")
# [text](path/to/file.py) `Class.function`: what is named beside a link is in the file.
_BESIDE_LINK = re.compile(r"\]\((\S+\.py)\)\s`(\w+(?:\.\w+)*)`")
_FILES_NAME = re.compile(r"\[`?([\w/]+\.py)`?\]\((\S+\.py)\)")
_LINKED = re.compile(r"\[`([\w.]+)`\]\((\S+\.py)\)")


def file_of(name: str) -> tuple[Path, str]:
    """Split a dotted name into the file that it begins with and what is named in that file."""
    words = name.split(".")
    for count in range(len(words), 0, -1):
        folder = PACKAGE.joinpath(*words[:count])
        for path in (folder.with_suffix(".py"), folder / "__init__.py"):
            if path.exists():
                return path, ".".join(words[count:])
    return PACKAGE / name, name


def is_in(path: Path, name: str) -> bool:
    """Tell whether a file has a class or function, or a class of it a member."""
    found: object = import_module(".".join(("pressroom", *path.relative_to(PACKAGE).with_suffix("").parts)))
    for word in filter(None, name.split(".")):
        if not hasattr(found, word):
            return word in getattr(found, "__annotations__", {})
        found = getattr(found, word)
    return True


def named(page: Path) -> Iterator[tuple[Path, str]]:
    text = page.read_text(encoding="utf-8")
    yield from (file_of(name) for name in _DOTTED.findall(text))
    yield from ((page.parent / link, name) for link, name in _BESIDE_LINK.findall(text))


NAMED = sorted({(path.resolve(), name) for page in PAGES for path, name in named(page)})


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda one: getattr(one, "stem", one))
def test_what_a_page_names_is_in_the_code(path: Path, name: str) -> None:
    assert path.is_file(), f"there is no file of {name}"
    assert is_in(path, name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_name_that_is_a_link_leads_to_its_file(page: Path) -> None:
    for name, link in _LINKED.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / link).resolve() == file_of(name)[0], name


def test_the_architecture_tells_of_every_room() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (DOCS / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(rows) == ROOMS


def test_the_glossary_has_each_word_once() -> None:
    words = re.findall(r"^\| \*\*(.+?)\*\*", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(words) == sorted({*words})
    assert len(words) > 50


# What looks like one: hosts of Meta's, and metrics by level.
_NO_NAMES = {"api.instagram.com", "graph.instagram.com", "graph.instagram.com.example", "media.views"}
SPOKEN_OF = sorted(
    (path.relative_to(PACKAGE).as_posix(), name)
    for path in PACKAGE.rglob("*.py")
    for name in {*_DOTTED.findall(path.read_text(encoding="utf-8"))} - _NO_NAMES
)


@pytest.mark.parametrize(("path", "name"), SPOKEN_OF)
def test_what_a_docstring_or_comment_names_is_in_the_code(path: str, name: str) -> None:
    """From the package on, or from the room of who speaks."""
    room = path.partition("/")[0]
    places = [file_of(name), file_of(f"{room}.{name}")]
    assert any(file.is_file() and is_in(file, rest) for file, rest in places), f"{path} speaks of {name}"


def test_a_link_that_is_a_files_name_leads_to_a_file_of_that_name() -> None:
    pages = [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    elsewhere = [
        f"{page.relative_to(ROOT)}: [{label}]({link})"
        for page in pages
        for label, link in _FILES_NAME.findall(page.read_text(encoding="utf-8"))
        if Path(label).name != Path(link).name
    ]
    assert elsewhere == []
