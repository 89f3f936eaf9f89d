"""What each file of the package imports, read without running it."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "pressroom"


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text())))


@cache
def imported(path: Path) -> frozenset[str]:
    """Every module or name of ours that a file imports, inside functions and by its name as a text too."""
    return frozenset(_imported(nodes(path)))


@cache
def imported_at_run_time(path: Path) -> frozenset[str]:
    """The same without what `if TYPE_CHECKING` imports."""
    return frozenset(_imported(ast.walk(_WithoutTypes().visit(ast.parse(path.read_text())))))


class _WithoutTypes(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        return node.orelse if ast.unparse(node.test) == "TYPE_CHECKING" else node


def _imported(tree: Iterable[ast.AST]) -> Iterator[str]:
    for node in tree:
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
