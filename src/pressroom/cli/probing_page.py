"""How the report of probes is written for people: a line a question, the facts, and what was left behind."""

import textwrap
from collections.abc import Iterator
from typing import TypeAlias

from pressroom.service.doctor.probes.prober import Answer, MadeKind, Outcome, ProbeReport

Line: TypeAlias = list[tuple[str, str]]
"""Texts, each with rich's style for it."""

_STYLES = {Outcome.ANSWERED: "green", Outcome.SKIPPED: "dim", Outcome.FAILED: "bold yellow"}
_OUTCOME_CELLS = max(len(one) for one in Outcome)
_NAME_CELLS = 15
_TEXT_AT = 2 + _OUTCOME_CELLS + 2 + _NAME_CELLS + 2
_NARROW = 72
_BELOW_AT = 6


def page(report: ProbeReport, width: int | None) -> list[Line]:
    """Return the lines of a report. width: of the terminal; None leaves lines unbroken."""
    lines = [line for answer in report.answers for line in _answer(answer, width)]
    counts = ", ".join(f"{count} {outcome.value}" for outcome, count in report.counts.items())
    lines += [[("", "")], [(f"{len(report.answers)} questions: {counts}.", "")]]
    lines += [[(f"  {name} = {value}", "")] for name, value in report.facts.items()]
    return [*lines, *([(line, "")] for line in made_lines(report))]


def _answer(answer: Answer, width: int | None) -> Iterator[Line]:
    head: Line = [
        ("  ", ""),
        (f"{answer.outcome.value:<{_OUTCOME_CELLS}}", _STYLES[answer.outcome]),
        (f"  {answer.probe.name:<{_NAME_CELLS}}", ""),
    ]
    if width is not None and width < _NARROW:
        yield head
        yield from ([(f"{' ' * _BELOW_AT}{text}", "")] for text in _wrapped(answer.text, width, _BELOW_AT))
        return
    first, *more = _wrapped(answer.text, width, _TEXT_AT)
    yield [*head, (f"  {first}", "")]
    yield from ([(f"{' ' * _TEXT_AT}{text}", "")] for text in more)


def _wrapped(text: str, width: int | None, at: int) -> list[str]:
    if width is None:
        return [text]
    return textwrap.wrap(text, max(width - at - 1, 20), break_long_words=False) or [""]


def made_lines(report: ProbeReport) -> list[str]:
    """Say what was made and is still there, by its ids: no file names them."""
    left = [made for made in report.made if not made.is_deleted]
    lines = list[str]()
    for kind, end in _ENDS.items():
        ids = [made.id for made in left if made.kind is kind and made.id]
        if ids:
            lines.append(f"Made {kind.value} {', '.join(ids)}: {end}.")
        if any(made.id is None for made in left if made.kind is kind):
            lines.append(
                f"A {kind.value} may be there whose id nobody knows, since its answer was lost: {end}."
            )
    return lines


_ENDS = {
    MadeKind.CONTAINER: "never published, gone within a day",
    MadeKind.STORY: "gone after 24 hours, or delete it in Instagram",
    MadeKind.POST: "it stays until you delete it in Instagram",
    MadeKind.COMMENT: "it stays until you delete it in Instagram",
}
