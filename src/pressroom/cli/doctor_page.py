"""How the doctor's findings are written: groups, a line a check, and below it what is not in order."""

import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from pressroom.service.doctor.examining import Verdict
from pressroom.service.shapes.doctor import DoctorShape, FindingShape, TrapShape

Line: TypeAlias = list[tuple[str, str]]
"""Texts, each with rich's style for it."""

# A mark says the same as its word, for eyes that run down the page; the words alone are enough.
_MARKS = {Verdict.OK: "✓", Verdict.WARN: "!", Verdict.FAIL: "✗", Verdict.UNKNOWN: "?"}
_PLAIN_MARKS = {**_MARKS, Verdict.OK: "+", Verdict.FAIL: "x"}
_STYLES = {
    Verdict.OK: "green",
    Verdict.WARN: "bold yellow",
    Verdict.FAIL: "bold red",
    Verdict.UNKNOWN: "cyan",
}
_WORD_CELLS = max(len(one) for one in Verdict)
_NAME_CELLS = 17
_SEEN_AT = 2 + 1 + 1 + _WORD_CELLS + 2 + _NAME_CELLS + 2
_BELOW_AT = 6
_LABELS_CELLS = len("Because  ")
# Below so many cells what was seen goes on a line of its own.
_NARROW = 72
_HELD = "\x00"


def page(told: DoctorShape, width: int | None) -> list[Line]:
    """Return the lines of a report. width: of the terminal; None leaves lines unbroken."""
    lines: list[Line] = [[(f"Repaired: {one}", "")] for one in told.repairs]
    whose = {one.account for one in told.findings if one.account}
    for (group, account), findings in groupby(told.findings, lambda one: (one.group, one.account)):
        heading = f"{group.heading}: {account}" if account and len(whose) > 1 else group.heading
        if lines and lines[-1] != [("", "")]:
            lines.append([("", "")])
        # Which accounts there are, and how each stands, is one group.
        if not (account and len(whose) == 1 and _is_headed(lines, heading)):
            lines.append([(heading, "bold")])
        else:
            lines.pop()
        for finding in findings:
            lines += _finding(finding, width)
    return [*lines, [("", "")], *_summary(told, width)]


def _is_headed(lines: Sequence[Line], heading: str) -> bool:
    heads = [line[0][0] for line in lines if line[0][1] == "bold"]
    return bool(heads) and heads[-1] == heading


def _finding(one: FindingShape, width: int | None) -> Iterator[Line]:
    style = _STYLES[one.verdict]
    word = f"{_mark(one.verdict)} {one.verdict.value:<{_WORD_CELLS}}"
    head: Line = [("  ", ""), (word, style), (f"  {one.name:<{_NAME_CELLS}}  ", "")]
    if width is not None and width < _NARROW:
        yield [("  ", ""), (word, style), (f"  {one.name}", "")]
        for text in _wrapped(one.seen, width, _BELOW_AT):
            yield [(f"{' ' * _BELOW_AT}{text}", "")]
    else:
        first, *more = _wrapped(one.seen, width, _SEEN_AT) or [""]
        yield [*head, (first, "")]
        for text in more:
            yield [(f"{' ' * _SEEN_AT}{text}", "")]
    yield from _below(one, width)


def _below(one: FindingShape, width: int | None) -> Iterator[Line]:
    """Write why something is not in order, what comes of it, and what helps."""
    told = (("Because", one.cause), ("So", one.consequence), ("Do", one.fix))
    for label, text in told:
        if text:
            yield from _labelled(label, text, width, _BELOW_AT)


def _labelled(label: str, text: str, width: int | None, at: int) -> Iterator[Line]:
    lead = f"{' ' * at}{label:<{_LABELS_CELLS}}"
    for number, line in enumerate(_wrapped(text, width, len(lead))):
        yield [(lead, "dim"), (line, "")] if number == 0 else [(f"{' ' * len(lead)}{line}", "")]


def _wrapped(text: str, width: int | None, at: int) -> list[str]:
    """Break a text to what is left of the width, line by line: a fix may have several."""
    lines = text.splitlines() or [""]
    if width is None:
        return lines
    room = max(width - at - 1, 20)
    # Neither commands nor addresses are broken: they are there to be copied.
    return [
        part.replace(_HELD, " ")
        for line in lines
        for part in textwrap.wrap(_held(line), room, break_long_words=False, break_on_hyphens=False) or [""]
    ]


def _held(line: str) -> str:
    """Hold the words of each command together."""
    return re.sub(r"`[^`]+`", lambda found: found[0].replace(" ", _HELD), line)


def _mark(verdict: Verdict) -> str:
    try:
        _MARKS[verdict].encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return _PLAIN_MARKS[verdict]
    return _MARKS[verdict]


def _summary(told: DoctorShape, width: int | None) -> Iterator[Line]:
    lead = f"{len(told.findings)} checks:"
    counts: Line = []
    for verdict in Verdict:
        count = told.counts.get(verdict, 0)
        counts += [
            (", " if counts else " ", ""),
            (f"{count} {verdict.value}", _STYLES[verdict] if count else "dim"),
        ]
    counts.append((".", ""))
    if width is not None and len(lead) + sum(len(text) for text, _ in counts) > width:
        yield [(lead, "")]
        yield [(" ", ""), *counts]
    else:
        yield [(lead, ""), *counts]


def explanation(trap: TrapShape, width: int | None) -> list[Line]:
    """Return the lines of a trap."""
    told = (("Because", trap.cause), ("So", trap.consequence), ("Do", trap.remedy))
    lines: list[Line] = [[(trap.title, "bold")]]
    for label, text in told:
        lines += _labelled(label, text, width, 2)
    return lines
