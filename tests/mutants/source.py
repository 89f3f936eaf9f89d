"""A module's source, and the parts of it that no mutant touches."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

Span = tuple[int, int]
"""From and to, as offsets in the text."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A piece of the text, and what stands there instead."""

    operator: str
    span: Span
    text: str


@dataclass(frozen=True)
class Source:
    """The text of a module.

    left_out: what is defined at its top level and stays as it is. only: when given, all else does.
    """

    text: str
    left_out: Collection[str] = ()
    only: Collection[str] = ()

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return ast.parse(self.text)

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        for line in self.text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    def offset(self, line: int, column: int) -> int:
        """Give the offset of a place. line: from 1; column: in characters, from 0."""
        return self._line_starts[line - 1] + column

    def _of_bytes(self, line: int, column: int) -> int:
        start = self._line_starts[line - 1]
        return start + len(self.text[start:].encode()[:column].decode())

    def span(self, node: ast.AST) -> Span:
        """Give where a node stands, without parentheses around it."""
        assert isinstance(node, ast.expr | ast.stmt | ast.keyword | ast.arg | ast.pattern)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self._of_bytes(node.lineno, node.col_offset)
        return start, self._of_bytes(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.AST) -> str:
        """Give the text of a node, fit to stand as an operand or an item."""
        start, end = self.span(node)
        is_loose = isinstance(node, ast.BoolOp | ast.IfExp | ast.Lambda | ast.NamedExpr)
        return f"({self.text[start:end]})" if is_loose else self.text[start:end]

    def nodes(self) -> Iterator[ast.AST]:
        """Walk the nodes that may be changed."""
        waiting: list[ast.AST] = [*self._changeable()]
        while waiting:
            node = waiting.pop()
            yield node
            away = _left_out(node)
            waiting.extend(child for child in ast.iter_child_nodes(node) if child not in away)

    def is_left_out(self, place: int) -> bool:
        """Tell whether what stands at an offset stays as it is."""
        return any(start <= place < end for start, end in self._left_out_spans)

    @cached_property
    def _left_out_spans(self) -> list[Span]:
        kept = self._changeable()
        away: list[ast.AST] = [statement for statement in self.tree.body if statement not in kept]
        for node in [*away, *self.nodes()]:
            away.extend(_left_out(node))
        return [self.span(node) for node in away]

    def _changeable(self) -> list[ast.stmt]:
        return [
            statement
            for statement in self.tree.body
            if not isinstance(statement, ast.Import | ast.ImportFrom) and self._is_chosen(_names(statement))
        ]

    def _is_chosen(self, names: set[str]) -> bool:
        return bool(names & set(self.only)) if self.only else not names & set(self.left_out)


def _names(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return {statement.name}
        case ast.Assign():
            nodes = [node for target in statement.targets for node in ast.walk(target)]
            return {node.id for node in nodes if isinstance(node, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
        case _:
            return set()


def _left_out(node: ast.AST) -> list[ast.AST]:
    """Give the children that say nothing of what is done: types, decorators, patterns, texts."""
    away: list[ast.AST | None] = []
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            away = [*node.decorator_list, node.returns]
        case ast.ClassDef():
            away = [*node.decorator_list, *node.bases, *node.keywords]
        case ast.arg():
            away = [node.annotation]
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            away = [node.annotation, node.value]
        case ast.AnnAssign():
            away = [node.annotation]
        case ast.match_case():
            away = [node.pattern]
        case ast.JoinedStr():
            away = [*node.values]
        case _:
            pass
    return [child for child in away if child is not None]
