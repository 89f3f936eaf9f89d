"""All mutants of a module, each once."""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from tests.mutants import cosmic
from tests.mutants.operators import OWN
from tests.mutants.source import Edit, Source


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one small change. was, becomes: the changed lines, in one each; line: where, from 1."""

    operator: str
    line: int
    was: str
    becomes: str
    text: str


def mutants(source: Source) -> Iterator[Mutant]:
    """Give each mutant that is Python, and other Python than the module and the mutants before it."""
    seen = {ast.dump(source.tree)}
    for edit in [*cosmic.edits(source), *_own(source)]:
        text = source.text[: edit.span[0]] + edit.text + source.text[edit.span[1] :]
        try:
            meaning = ast.dump(ast.parse(text))
        except SyntaxError:
            continue
        if meaning not in seen:
            seen.add(meaning)
            yield _mutant(source.text, text, edit.operator)


def _own(source: Source) -> Iterator[Edit]:
    for node in source.nodes():
        for operator in OWN:
            yield from operator(source, node)


def _mutant(before: str, after: str, operator: str) -> Mutant:
    old, new = before.splitlines(), after.splitlines()
    changed = [op for op in difflib.SequenceMatcher(None, old, new).get_opcodes() if op[0] != "equal"]
    first, last = changed[0], changed[-1]
    was, becomes = old[first[1] : last[2]], new[first[3] : last[4]]
    return Mutant(operator, first[1] + 1, _joined(was), _joined(becomes), after)


def _joined(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
