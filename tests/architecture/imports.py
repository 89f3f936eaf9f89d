"""What each file of the package imports, read without running it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "pressroom"


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text())))


@cache
def imported(path: Path) -> frozenset[str]:
    """Every module or name of ours that a file imports, inside functions and by its name as a text too."""
    return frozenset(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in nodes(path):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{name.name}" for name in node.names]
        elif isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.Constant) and _is_module(node.value):
            names = [str(node.value)]
        yield from (name for name in names if name.split(".")[0] == "pressroom")


def _is_module(value: object) -> bool:
    """Tell whether a text names a file of a room; a room's own name may be a logger's."""
    if not (isinstance(value, str) and value.startswith("pressroom.") and value.count(".") > 1):
        return False
    return PACKAGE.joinpath(*value.split(".")[1:]).with_suffix(".py").exists()
