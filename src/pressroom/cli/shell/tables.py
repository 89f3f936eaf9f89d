"""Tables: cut to the width of a terminal, whole anywhere else."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_GAP = 2
_ELLIPSIS = "…"
_BREAKS = str.maketrans("\n\t", "  ")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    rank: where the terminal is too narrow, columns go by rank, the highest first; one of 0 never goes.
    shortest: cells to which its texts may be shortened; None for what is there to be copied, and for times.
    """

    name: str
    rank: int = 0
    shortest: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of a table. left_out: the columns that did not fit, by name."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    left_out: Sequence[str] = ()

    def fitted(self, width: int) -> "Table":
        """Return the table in at most so many cells of a terminal, as far as ranks and lengths allow that."""
        rows = [[cell.translate(_BREAKS) for cell in row] for row in self.rows]
        kept, gone = list(range(len(self.columns))), list[str]()
        natural = _widths([[column.name for column in self.columns], *rows])
        least = [_least(column, most) for column, most in zip(self.columns, natural, strict=True)]
        while _total(least[at] for at in kept) > width:
            last = max(kept, key=lambda at: (self.columns[at].rank, at))
            if not self.columns[last].rank:
                break
            kept.remove(last)
            gone.append(self.columns[last].name)
        widths = _shared([natural[at] for at in kept], [least[at] for at in kept], width)
        return Table(
            [self.columns[at] for at in kept],
            [[_cut(row[at], most) for at, most in zip(kept, widths, strict=True)] for row in rows],
            gone,
        )

    def aligned(self) -> str:
        """Return the table as lines of text."""
        lines = [[column.name for column in self.columns], *self.rows]
        widths = _widths(lines)
        return "\n".join((" " * _GAP).join(map(_padded, line, widths)).rstrip() for line in lines)

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
    """Shorten a text to so many cells, with an ellipsis; behind a word where one ends in the second half."""
    if cells_of(text) <= width:
        return text
    from rich.cells import set_cell_size  # noqa: PLC0415  # loads only where something is drawn

    kept = set_cell_size(text, width - 1).rstrip()
    whole = kept if text[len(kept) :][:1].isspace() else kept.rpartition(" ")[0].rstrip()
    return (whole if cells_of(whole) * 2 >= width else kept) + _ELLIPSIS


def _shared(natural: Sequence[int], least: Sequence[int], width: int) -> list[int]:
    """Return the widths of columns that share a terminal: the widest that may be shortened is, first."""
    widths = list(natural)
    while _total(widths) > width:
        slack = [at for at, cells in enumerate(widths) if cells > least[at]]
        if not slack:
            break
        widths[max(slack, key=lambda at: widths[at])] -= 1
    return widths


def _least(column: Column, natural: int) -> int:
    if column.shortest is None:
        return natural
    return min(natural, max(column.shortest, cells_of(column.name)))


def _total(widths: Iterable[int]) -> int:
    known = list(widths)
    return sum(known) + _GAP * (len(known) - 1)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(cells_of, column)) for column in zip(*rows, strict=True)]


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells_of(text))
