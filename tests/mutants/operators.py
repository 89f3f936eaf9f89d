"""The operators that Cosmic Ray lacks: what is left away, always so, or something of the same kind.

Each gives edits of one node. Those of Cosmic Ray see operators, numbers and words; this code decides with
conditions, keyword arguments of `changed`, rows and members of enums, too.
"""

import ast
import builtins
import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from tests.mutants.source import Edit, Source, Span

Operator = Callable[[Source, ast.AST], Iterator[Edit]]

_OTHER_EXTREME = {"min": "max", "max": "min", "any": "all", "all": "any"}
_IN = re.compile(r"\b(not\s+)?in\b")
_FEW = 2  # items of a tuple: what is left of them needs its comma
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")


def conditions(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Make a condition always true, and always false."""
    tests: list[ast.expr] = []
    match node:
        case ast.If() | ast.IfExp() | ast.While():
            tests = [node.test]
        case ast.comprehension():
            tests = node.ifs
        case ast.match_case(guard=ast.expr() as guard):
            tests = [guard]
        case _:
            pass
    for test in tests:
        for word in ("True", "False"):
            yield Edit("condition", source.span(test), word)


def operands(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Leave away one operand of `and` and `or`."""
    if isinstance(node, ast.BoolOp):
        word = " and " if isinstance(node.op, ast.And) else " or "
        for value in node.values:
            rest = [source.of(other) for other in node.values if other is not value]
            yield Edit("operand", source.span(node), word.join(rest))


def keywords(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Leave away one keyword argument of a call."""
    if isinstance(node, ast.Call):
        for number, keyword in enumerate(node.keywords):
            start, end = source.span(keyword)
            if number + 1 < len(node.keywords):
                end, _ = source.span(node.keywords[number + 1])
            yield Edit("keyword", (start, end), "")


def extremes(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Take the other extreme: `min` for `max`, `any` for `all`."""
    if isinstance(node, ast.Name) and node.id in _OTHER_EXTREME:
        yield Edit("extreme", source.span(node), _OTHER_EXTREME[node.id])


def containment(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Turn `in` and `not in` around."""
    if not isinstance(node, ast.Compare):
        return
    sides = [node.left, *node.comparators]
    for number, operator in enumerate(node.ops):
        if isinstance(operator, ast.In | ast.NotIn):
            found = _IN.search(source.text, source.span(sides[number])[1])
            assert found is not None
            yield Edit("containment", found.span(), "in" if found[1] else "not in")


def items(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Leave away one item of a display."""
    spans = _items(source, node)
    for number, (start, end) in enumerate(spans):
        is_last = number + 1 == len(spans)
        if isinstance(node, ast.Tuple) and len(spans) <= _FEW:
            rest = "".join(f"{source.of(item)}," for item in node.elts if item is not node.elts[number])
            yield Edit("item", source.span(node), f"({rest})")
        elif isinstance(node, ast.Set) and len(spans) == 1:
            yield Edit("item", source.span(node), "set()")
        else:
            yield Edit("item", (start, end if is_last else spans[number + 1][0]), "")


def _items(source: Source, node: ast.AST) -> list[Span]:
    match node:
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()) | ast.Set():
            return [source.span(item) for item in node.elts]
        case ast.Dict():
            spans = [source.span(value) for value in node.values]
            starts = [
                source.span(key)[0] if key else source.text.rindex("**", 0, start)
                for key, (start, _) in zip(node.keys, spans, strict=True)
            ]
            return [(start, end) for start, (_, end) in zip(starts, spans, strict=True)]
        case _:
            return []


def calls(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Give the first argument of a function instead of what the function makes of it."""
    if not isinstance(node, ast.Call) or not node.args or isinstance(node.args[0], ast.Starred):
        return
    name = node.func.attr if isinstance(node.func, ast.Attribute) else source.of(node.func)
    if not hasattr(builtins, name) and name.lstrip("_")[:1].islower():
        yield Edit("call", source.span(node), source.of(node.args[0]))


def copies(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Leave a value as it is, where a changed copy is made of it."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="changed")):
            yield Edit("copy", source.span(node), source.of(value))
        case _:
            return


def members(source: Source, node: ast.AST) -> Iterator[Edit]:
    """Take another member of an enum: the next of those that the module names."""
    match node:
        case ast.Attribute(value=ast.Name(id=enum), attr=name, ctx=ast.Load()) if _CONSTANT.fullmatch(name):
            named = _members(source)[enum]
            other = named[(named.index(name) + 1) % len(named)]
            if other != name:
                yield Edit("member", source.span(node), f"{enum}.{other}")
        case _:
            return


def _members(source: Source) -> dict[str, list[str]]:
    named: dict[str, dict[str, None]] = defaultdict(dict)
    for node in ast.walk(source.tree):
        match node:
            case ast.Attribute(value=ast.Name(id=enum), attr=name) if _CONSTANT.fullmatch(name):
                named[enum][name] = None
            case _:
                pass
    return {enum: list(names) for enum, names in named.items()}


OWN: tuple[Operator, ...] = (
    conditions,
    operands,
    keywords,
    extremes,
    containment,
    items,
    calls,
    copies,
    members,
)
