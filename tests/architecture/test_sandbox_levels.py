"""The folders of the sandbox stand on one another: who may import whom, for types alone too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "pressroom" / "sandbox"
NAME = "pressroom.sandbox"
LEVELS = {
    # The ground: how it behaves, its time, what goes wrong, pictures to try it with.
    "clock": 1,
    "faults": 1,
    "parts": 1,
    "samples": 1,
    "settings": 1,
    # What exists, how it is spelled, and how one call is carried out.
    "state": 2,
    "wire": 3,
    "calls": 4,
    # The areas of the API.
    "fetching": 5,
    "insights": 5,
    "messaging": 5,
    "uploading": 5,
    "webhooks": 5,
    "publishing": 6,
    "reading": 7,
    "accounts": 8,
    "comments": 8,
    "surface": 9,
    # What looks at calls and steers them from outside.
    "recording": 9,
    "control": 10,
    "page": 11,
    # The whole, and where it is reached.
    "simulator": 12,
    "server": 13,
    "proxy": 14,
    "threads": 14,
    "pytest_plugin": 15,
}
FILES = {
    ".".join((NAME, *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def _imported(path: Path) -> Iterator[str]:
    """Every file of the sandbox that one imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{name.name}" for name in node.names]
            names = [name if name in FILES else node.module for name in inner]
        elif isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        yield from (name for name in names if name in FILES)


def _place(name: str) -> str:
    return name.removeprefix(NAME).split(".")[1] if name != NAME else ""


ARROWS = {name: set(_imported(path)) - {name} for name, path in FILES.items()}
IN_PLACES = [name for name in FILES if name != NAME]


@pytest.mark.parametrize("name", IN_PLACES)
def test_a_file_imports_only_its_own_folder_and_smaller_numbers(name: str) -> None:
    place = _place(name)
    for other in {_place(one) for one in ARROWS[name]} - {place}:
        assert other, f"{name} imports the sandbox's own front"
        assert LEVELS[other] < LEVELS[place], f"{name} imports {other}"


def test_no_files_import_one_another_in_a_circle() -> None:
    left = dict(ARROWS)
    while free := [name for name, others in left.items() if not others & set(left)]:
        for name in free:
            del left[name]
    assert not left, f"in circles, or above one: {sorted(left)}"


def test_every_folder_and_loose_file_has_a_level() -> None:
    assert {_place(name) for name in IN_PLACES} == set(LEVELS)
