"""What our own operators make of a line, and what no mutant touches."""

import ast

import pytest

from tests.mutants.operators import OWN
from tests.mutants.source import Source


def changed(text: str, operator: str, **choice: list[str]) -> list[str]:
    source = Source(text, **choice)
    edits = [edit for node in source.nodes() for own in OWN for edit in own(source, node)]
    made = [
        text[: edit.span[0]] + edit.text + text[edit.span[1] :] for edit in edits if edit.operator == operator
    ]
    return sorted(ast.unparse(ast.parse(line)) for line in made)


@pytest.mark.parametrize(
    ("operator", "line", "expected"),
    [
        ("condition", "a = b if c else d", ["a = b if False else d", "a = b if True else d"]),
        (
            "condition",
            "a = [b for b in c if d]",
            ["a = [b for b in c if False]", "a = [b for b in c if True]"],
        ),
        ("operand", "a = b and (c or d)", ["a = b", "a = b and c", "a = b and d", "a = c or d"]),
        ("keyword", "a = f(b, c=1, d=2)", ["a = f(b, c=1)", "a = f(b, d=2)"]),
        ("extreme", "a = max(b, key=any)", ["a = max(b, key=all)", "a = min(b, key=any)"]),
        ("containment", "a = b not in c", ["a = b in c"]),
        ("containment", "a = b in c", ["a = b not in c"]),
        ("item", "a = (b, c)", ["a = (b,)", "a = (c,)"]),
        ("item", "a = {b: c, **d}", ["a = {**d}", "a = {b: c}"]),
        ("item", "a = f({b})", ["a = f(set())"]),
        ("call", "a = _f(b, c)", ["a = b"]),
        ("call", "a = sum(b) + C(d)", []),
        ("copy", "a = f(b).changed(c=1)", ["a = f(b)"]),
        ("member", "a = X.B, X.C, Y.D", ["a = (X.B, X.B, Y.D)", "a = (X.C, X.C, Y.D)"]),
    ],
)
def test_an_operator_makes_one_small_change_at_a_time(operator: str, line: str, expected: list[str]) -> None:
    assert changed(line, operator) == expected


def test_types_decorators_patterns_and_texts_stay_as_they_are() -> None:
    text = """
@d(e=1)
def f(a: X.B = b, *c: X.C) -> X.D:
    g: X.E
    match a:
        case X.F:
            return f"{X.G}"
"""
    assert [
        made for operator in ("member", "keyword", "item", "call", "copy") for made in changed(text, operator)
    ] == []


def test_of_a_module_the_names_are_changed_that_are_chosen() -> None:
    text = "A = max(1, 2)\nB = max(3, 4)"
    assert changed(text, "extreme", left_out=["A"]) == ["A = max(1, 2)\nB = min(3, 4)"]
    assert changed(text, "extreme", only=["A"]) == ["A = min(1, 2)\nB = max(3, 4)"]
    assert Source(text, left_out=["A"]).is_left_out(text.index("1"))
    assert not Source(text, left_out=["A"]).is_left_out(text.index("3"))
