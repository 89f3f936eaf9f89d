"""Who asks for no statistics needs neither numpy nor scipy."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.imports import PACKAGE, nodes

STATISTICS = PACKAGE / "insights" / "statistics"


def uses(path: Path) -> Iterator[str]:
    """The packages that a file imports."""
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)


def users_of(*packages: str) -> set[Path]:
    return {path for path in PACKAGE.rglob("*.py") if not {*packages}.isdisjoint(uses(path))}


def test_numpy_and_scipy_are_imported_in_statistics_alone() -> None:
    assert {path.parent for path in users_of("numpy", "scipy")} == {STATISTICS}


def test_scipy_is_called_in_one_module() -> None:
    assert users_of("scipy") == {STATISTICS / "sampling.py"}


def test_answers_are_read_without_numpy() -> None:
    assert STATISTICS / "answers.py" not in users_of("numpy", "scipy")
    assert STATISTICS / "__init__.py" not in users_of("numpy", "scipy")
