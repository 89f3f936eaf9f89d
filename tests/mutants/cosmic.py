"""The operators of Cosmic Ray that are used here, and the edits they make.

Left out, since another one survives wherever they would: all but one or two replacements of a comparison or
an arithmetic operator; `not` before a condition, which our own operators make true and false. Left out, since
nothing here decides by them: decorators, exceptions, and random numbers in place of variables.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from tests.mutants.source import Edit, Source

# `make mutants` alone installs Cosmic Ray, so that the type checker knows nothing of it.
_trees: Any = import_module("cosmic_ray.ast")
_mutating: Any = import_module("cosmic_ray.mutating")
_plugins: Any = import_module("cosmic_ray.plugins")
_REPLACEMENTS = {
    "Comparison": "Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt "
    "Eq_NotEq NotEq_Eq Is_IsNot IsNot_Is",
    "Binary": "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul BitOr_BitAnd BitAnd_BitOr LShift_RShift",
    "Unary": "Delete_Not Delete_USub",
}
NAMES = (
    *(f"Replace{kind}Operator_{pair}" for kind, pairs in _REPLACEMENTS.items() for pair in pairs.split()),
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ZeroIterationForLoop",
    "NumberReplacer",
)


def edits(source: Source) -> Iterator[Edit]:
    """Give what Cosmic Ray makes of a module, each as the whole text."""
    for name in NAMES:
        operator = _plugins.get_operator(f"core/{name}")()
        for occurrence, place in enumerate(_places(source, operator)):
            if place is not None and not source.is_left_out(place):
                text: str = _mutating.mutate_code(source.text, operator, occurrence)
                yield Edit(name, (0, len(source.text)), text)


def _places(source: Source, operator: Any) -> Iterator[int | None]:
    for node in _trees.ast_nodes(_trees.get_ast(source.text)):
        is_mark = node.parent is not None and node.parent.type == "parameters"  # `*` alone multiplies nothing
        for (line, column), _ in operator.mutation_positions(node):
            yield None if is_mark else source.offset(line, column)
