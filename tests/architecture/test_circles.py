"""No file imports itself by way of others, whether at its top, inside a function or for types alone."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from tests.architecture.imports import PACKAGE, imported

Imports = Mapping[str, Collection[str]]


@pytest.mark.usefixtures("long_run")
def test_no_file_imports_itself_by_way_of_others() -> None:
    assert circles(imports_of_files()) == []


def test_a_circle_is_found_however_long_and_told_apart_from_what_leads_to_it() -> None:
    imports = {"start": ["a"], "a": ["b"], "b": ["c", "end"], "c": ["a"], "end": [], "d": ["e"], "e": ["d"]}
    assert circles(imports) == [["a", "b", "c"], ["d", "e"]]


def circles(imports: Imports) -> list[list[str]]:
    """Give the files of each circle; what can be reached from one another is one circle."""
    reached = {name: _reached(name, imports) for name in imports}
    caught = {name for name in imports if name in reached[name]}
    groups = {frozenset(other for other in reached[name] if name in reached[other]) for name in caught}
    return sorted(map(sorted, groups))


def _reached(start: str, imports: Imports) -> set[str]:
    found, left = set[str](), list(imports[start])
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += imports[name]
    return found


def imports_of_files() -> Imports:
    files = {_module(path): path for path in PACKAGE.rglob("*.py")}
    return {
        module: {_file_of(name, files) for name in imported(path)} & set(files) - {module}
        for module, path in files.items()
    }


def _file_of(name: str, files: Collection[str]) -> str:
    """Give the module that a name is, or else the one that it stands in."""
    return name if name in files else name.rpartition(".")[0]


def _module(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")
