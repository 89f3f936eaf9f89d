"""Where a command writes: data to stdout, everything else to stderr."""

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

import msgspec

from pressroom.cli.shell.tables import Column, Table
from pressroom.core.errors import PressroomError
from pressroom.core.masking import Mask
from pressroom.core.spelling import visible


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
        return shutil.get_terminal_size().columns if _is_terminal(sys.stdout) else None

    @property
    def can_draw(self) -> bool:
        """Whether stderr is a terminal on which lines can be redrawn."""
        is_plain = self.environ.get("CI") or self.environ.get("TERM", "dumb") == "dumb"
        return _is_terminal(sys.stderr) and not is_plain and not self.is_quiet

    def data(self, text: str) -> None:
        """Write the answer for people, masked. Raises Unwritten, which quotes it, where stdout fails."""
        self.content(self._for_people(text))

    def content(self, text: str) -> None:
        """Write what is read back, letter for letter to anything but a terminal. Raises Unwritten."""
        try:
            write(sys.stdout, text, is_data=True)
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
        words: str | Iterable[str] | Callable[[], None],
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

    def json(self, answer: Any) -> None:  # noqa: ANN401  # whatever the command documents
        """Write an answer as JSON, masked: a shape, a list of them, or JSON values."""
        value = msgspec.to_builtins(answer)
        self.content(to_json(value if self.is_open else self.mask.json(value)))

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
        declared = [Column(one) if isinstance(one, str) else one for one in columns]
        shown = Table(declared, [list(map(self._for_people, row)) for row in rows])
        if not _is_terminal(sys.stdout):
            self.content(shown.aligned())
            return
        fitted = shown.fitted(shutil.get_terminal_size().columns)
        if self.environ.get("TERM", "dumb") == "dumb":
            self.content(fitted.aligned())
        else:
            fitted.draw()
        if fitted.left_out:
            names = ", ".join(fitted.left_out)
            self.note(f"Left out for want of room: {names}. Widen the terminal, or add --json.")

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


def write(stream: TextIO, text: str, *, is_data: bool = False) -> None:
    """Write a line, with every letter visible: names of files and comments of strangers may hold others.

    is_data: programs read it, and get each letter as it is; a terminal shows it visible all the same.
    What the stream cannot encode, such as a file name that is not UTF-8, is written as escapes. A closed pipe
    is no error: the work was done. Raises OSError when stdout fails otherwise, as on a full disk; a failing
    stderr is ignored, since nobody can be told.
    """
    shown = text if is_data and not _is_terminal(stream) else visible(text)
    spelling = stream.encoding or "utf-8"  # none in memory
    shown = shown.encode(spelling, "backslashreplace").decode(spelling)
    try:
        stream.write(f"{shown}\n")
        stream.flush()
    except OSError as error:
        # The interpreter flushes what is left in the buffer at its end, and would print a traceback then.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise


def to_json(value: Any, *, indent: int | None = 2) -> str:  # noqa: ANN401  # any JSON value
    """Return a value as JSON, escaped to ASCII unless stdout is UTF-8."""
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps(value, ensure_ascii=not is_unicode, indent=indent)


def _is_terminal(stream: TextIO) -> bool:
    return not stream.closed and stream.isatty()
