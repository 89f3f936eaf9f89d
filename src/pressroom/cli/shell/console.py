"""Where a command writes: data to stdout, everything else to stderr; and tables.

A command writes by its `Console`. `write` is for what has none: an error, a question, a log. A `Table` is cut
to the width of a terminal, and sentences are `folded` to it; both are whole anywhere else.
"""

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TextIO, TypeAlias

import msgspec

from pressroom.core.errors import PressroomError
from pressroom.core.settings import Mask
from pressroom.core.spelling import NONE, visible


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    rank: where the terminal is too narrow, columns are left out by rank, the highest first; rank 0 never is.
    shortest: cells to which its texts may be shortened; None for what is there to be copied, and for times.
    heading: in place of its name on a terminal, where a shorter one leaves room.
    """

    name: str
    rank: int = 0
    shortest: int | None = None
    heading: str | None = None


Line: TypeAlias = list[tuple[str, str]]
"""Texts of a line, each with rich's style for it."""


class Unwritten(PressroomError):
    """The work was done, but its result could not be written to stdout."""

    code: int | str | None = "stdout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Writes for one command.

    is_quiet: leave out notes and progress; warnings and errors stay.
    is_open: the answer may show tokens, since they are invented.
    Under `is_json` notes and warnings are held until `release`: a program may parse stderr, where an error
    has to be the only object.
    """

    mask: Mask
    environ: Mapping[str, str]
    is_json: bool = False
    is_quiet: bool = False
    is_open: bool = False
    _held: list[str] = field(default_factory=list[str])

    @property
    def is_watched(self) -> bool:
        """Whether a person is likely to look at stdout."""
        return _is_terminal(sys.stdout) and not self.environ.get("CI")

    @property
    def width(self) -> int | None:
        """The cells of a line of the terminal; None where stdout is none, and lines stay whole."""
        return _width_of(sys.stdout)

    @property
    def can_draw(self) -> bool:
        """Whether stderr is a terminal on which lines can be redrawn."""
        is_plain = self.environ.get("CI") or self.environ.get("TERM", "dumb") == "dumb"
        return _is_terminal(sys.stderr) and not is_plain and not self.is_quiet

    def data(self, text: str) -> bool:
        """Write the answer for people, masked, as `content` does. Raises Unwritten, which quotes it."""
        return self.content(folded(self._for_people(text), self.width))

    def content(self, text: str) -> bool:
        """Write what is read back, letter for letter to anything but a terminal.

        Returns whether anybody takes it: a pipe may be closed. Raises Unwritten.
        """
        try:
            return write(sys.stdout, text, is_data=True)
        except OSError as error:
            # The post is live although the disk is full: the error has to carry the answer, or a script would
            # run the command again and publish twice.
            raise Unwritten(
                f"The work is done, and stdout takes no answer ({error.strerror}). It is: {text}",
                fix="Do not run it again before you know that it has to be.",
            ) from None

    def answer(
        self,
        shape: Any,  # noqa: ANN401  # as for `json`
        words: str | Iterable[str] | Callable[[], object],
        *,
        none: str = "",
    ) -> None:
        """Write an answer: under `is_json` its shape, else its words for people.

        words: a line, lines, or what writes them, called only for people. none: noted in place of words where
        the shape is an empty list.
        """
        if self.is_json:
            self.json(shape)
        elif none and not shape:
            self.note(none)
        elif isinstance(words, str):
            self.data(words)
        elif callable(words):
            words()
        else:
            for line in words:
                self.data(line)

    def json(self, answer: Any, *, indent: int | None = 2) -> bool:  # noqa: ANN401  # whatever is documented
        """Write an answer as JSON, masked, as `content` does: a shape, a list of them, or JSON values.

        indent: None for one line.
        """
        value = msgspec.to_builtins(answer)
        return self.content(to_json(value if self.is_open else self.mask.json(value), indent=indent))

    def note(self, text: str) -> None:
        """Report progress on stderr, unless quiet."""
        if not self.is_quiet:
            self._say(text)

    def warn(self, text: str) -> None:
        """Report on stderr what a person should know although the command succeeded."""
        self._say(f"Warning: {text}")

    def release(self) -> None:
        """Write the lines that were held until the command succeeded."""
        while self._held:
            write(sys.stderr, self._held.pop(0))

    def table(self, columns: Sequence[str | Column], rows: Sequence[Sequence[str]]) -> None:
        """Write rows: a table that fits the terminal, whole and aligned elsewhere.

        columns: a name alone neither goes nor is shortened.
        """
        declared = [Column(column) if isinstance(column, str) else column for column in columns]
        cells = [list(map(self._for_people, row)) for row in rows]
        if self.width is None:
            self.content(Table(declared, cells).aligned())
            return
        headed = [replace(column, name=column.heading or column.name) for column in declared]
        fitted = Table(headed, cells).fitted(self.width)
        if self.environ.get("TERM", "dumb") == "dumb":
            self.content(fitted.aligned())
        else:
            fitted.draw()
        if fitted.left_out:
            self.note(f"Left out: {', '.join(fitted.left_out)}; --json has them.")

    def styled(self, lines: Sequence[Sequence[tuple[str, str]]]) -> None:
        """Write lines, masked, each of texts with rich's styles: coloured on a terminal, plain elsewhere."""
        masked = [[(self._for_people(text), style) for text, style in line] for line in lines]
        if not _is_terminal(sys.stdout) or self.environ.get("TERM", "dumb") == "dumb":
            self.content("\n".join("".join(text for text, _ in line) for line in masked))
            return
        from rich.console import Console as Screen  # noqa: PLC0415  # loads only where something is drawn
        from rich.text import Text  # noqa: PLC0415

        screen = Screen(file=sys.stdout, markup=False, highlight=False, emoji=False)
        for line in masked:
            screen.print(Text.assemble(*line), soft_wrap=True)

    def _for_people(self, text: str) -> str:
        # Masked first: letters that are spelled out would hide a secret from the mask.
        return visible(text if self.is_open else self.mask(text))

    def _say(self, text: str) -> None:
        if self.is_json and not _is_terminal(sys.stderr):
            self._held.append(self.mask(text))
        else:
            write(sys.stderr, self.mask(text))


def write(stream: TextIO, text: str, *, is_data: bool = False) -> bool:
    """Write a line, with every letter visible: names of files and comments of strangers may hold others.

    is_data: programs read it, and get each letter as it is; a terminal shows it visible all the same, and
    folds all else. Returns whether anybody takes it.
    What the stream cannot encode, such as a file name that is not UTF-8, is written as escapes. A closed pipe
    is no error: the work was done. Raises OSError when stdout fails otherwise, as on a full disk; a failing
    stderr is ignored, since nobody can be told.
    """
    shown = text if is_data and not _is_terminal(stream) else visible(text)
    spelling = stream.encoding or "utf-8"  # none in memory
    shown = shown.encode(spelling, "backslashreplace").decode(spelling)
    if not is_data:
        shown = folded(shown, _width_of(stream))
    try:
        stream.write(f"{shown}\n")
        stream.flush()
    except OSError as error:
        # The interpreter flushes what is left in the buffer at its end, and would print a traceback then.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise
        return False
    return True


def to_json(value: Any, *, indent: int | None = 2) -> str:  # noqa: ANN401  # any JSON value
    """Return a value as JSON, escaped to ASCII unless stdout is UTF-8."""
    return json.dumps(value, ensure_ascii=not stdout_is_unicode(), indent=indent)


def stdout_is_unicode() -> bool:
    """Tell whether stdout takes every letter."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _is_terminal(stream: TextIO) -> bool:
    return not stream.closed and stream.isatty()


def _width_of(stream: TextIO) -> int | None:
    if not _is_terminal(stream):
        return None
    # The other stream may be a file: `shutil` asks stdout alone.
    with contextlib.suppress(OSError, ValueError):
        columns = os.get_terminal_size(stream.fileno()).columns
        if columns and not os.environ.get("COLUMNS"):
            return columns
    return shutil.get_terminal_size().columns


# What is there to be copied stays in one piece, even where it is longer than a line: a command in backticks.
_PIECE = re.compile(r"\s*(?:[^\s`]*`[^`\n]+`[^\s`]*|\S+)")
# What is broken off a line stands below its first words: behind its indent, and behind a label in a column.
_HANG = re.compile(r"\s*(?:\S+(?: \S+)*\s{2,})?")


def folded(text: str, width: int | None) -> str:
    """Break lines behind words, for a terminal of so many cells; None leaves them whole.

    No word, address or command in backticks is broken.
    """
    if width is None:
        return text
    lines = list[str]()
    for whole in text.split("\n"):
        if cells_of(whole) <= width:
            lines.append(whole)
            continue
        hang = _HANG.match(whole)
        indent, line = " " * min(cells_of(hang[0]) if hang else 0, width // 2), ""
        for piece in _PIECE.findall(whole):
            if line and cells_of(line + piece) > width:
                lines.append(line)
                line = indent + piece.lstrip()
            else:
                line += piece
        lines.append(line)
    return "\n".join(lines)


_GAP = 2
# Beyond the rank of any column.
_UNKNOWN = 99
_ELLIPSIS = "…"
# A line break or a tab inside a cell would break the lines of the table.
_BREAKS = str.maketrans("\n\t", "  ")


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of a table. left_out: the columns that did not fit, by name."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    left_out: Sequence[str] = ()

    def fitted(self, width: int) -> "Table":
        """Return the table in at most so many cells of a terminal, as far as ranks and lengths allow that."""
        rows = [[cell.translate(_BREAKS) for cell in row] for row in self.rows]
        natural = _widths([[column.name for column in self.columns], *rows])
        least = [
            most if column.shortest is None else min(most, max(column.shortest, cells_of(column.name)))
            for column, most in zip(self.columns, natural, strict=True)
        ]
        # What nobody knows of any row tells nothing, and goes before all that does.
        ranks = [
            _UNKNOWN if rows and all(row[at] == NONE for row in rows) else column.rank
            for at, column in enumerate(self.columns)
        ]
        # First columns go, by rank, until the rest would fit if all were shortened as far as they may be.
        kept, gone = list(range(len(self.columns))), list[int]()
        while _total([least[at] for at in kept]) > width:
            last = max(kept, key=lambda at: (ranks[at], at))
            if not ranks[last]:
                break
            kept.remove(last)
            gone.append(last)
        # A wide column that goes later may leave room for one that went before it.
        for at in sorted(gone, key=lambda at: ranks[at]):
            if _total([least[each] for each in (*kept, at)]) <= width:
                kept = sorted((*kept, at))
                gone.remove(at)
        # Then the widest that may be shortened is, cell by cell.
        widths = {at: natural[at] for at in kept}
        while _total(widths.values()) > width:
            slack = [at for at in kept if widths[at] > least[at]]
            if not slack:
                break
            widths[max(slack, key=lambda at: widths[at])] -= 1
        cells = [[_cut(row[at], most) for at, most in widths.items()] for row in rows]
        return Table([self.columns[at] for at in kept], cells, [self.columns[at].name for at in gone])

    def aligned(self) -> str:
        """Return the table as lines of text."""
        lines = [[column.name for column in self.columns], *self.rows]
        widths = _widths(lines)
        padded = [
            [f"{cell}{' ' * (width - cells_of(cell))}" for cell, width in zip(line, widths, strict=True)]
            for line in lines
        ]
        return "\n".join((" " * _GAP).join(line).rstrip() for line in padded)

    def draw(self) -> None:
        """Draw the table on the terminal."""
        from rich import box  # noqa: PLC0415  # loads only where something is drawn
        from rich.console import Console as Screen  # noqa: PLC0415
        from rich.table import Table as Drawn  # noqa: PLC0415

        # No edge and a padding on the right alone leave two cells between columns, as `_GAP` counts.
        drawn = Drawn(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        names = [column.name for column in self.columns]
        widths = _widths([names, *self.rows])
        for name, width in zip(names, widths, strict=True):
            drawn.add_column(name, no_wrap=True, min_width=width)
        for row in self.rows:
            drawn.add_row(*row)
        screen = Screen(file=sys.stdout, markup=False, highlight=False, emoji=False)
        # Wider than the terminal rather than folded: what is left is there to be copied.
        screen.width = max(screen.width, _total(widths) + 1)
        screen.print(drawn)


def cells_of(text: str) -> int:
    """Return how many cells of a terminal a text takes: two for a wide character."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415  # costs 15 ms, which texts in ASCII need not wait for

    return cell_len(text)


def _cut(text: str, width: int) -> str:
    """Shorten a text to so many cells, with an ellipsis: behind a word, unless its first one is too long."""
    if cells_of(text) <= width:
        return text
    from rich.cells import set_cell_size  # noqa: PLC0415  # loads only where something is drawn

    kept = set_cell_size(text, width - 1).rstrip()
    # Scripts with wide letters put no spaces between words, and break anywhere.
    beside = text[len(kept) - 1 : len(kept) + 1]
    is_between = any(letter.isspace() or cells_of(letter) > 1 for letter in beside)
    whole = kept if is_between else kept.rpartition(" ")[0]
    return (whole.rstrip(" ,;:") or kept) + _ELLIPSIS


def _total(widths: Collection[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(cells_of, column)) for column in zip(*rows, strict=True)]
