"""Progress of a running command: bars on a terminal, one plain line for each step elsewhere."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from pressroom.cli.shell.console import Console
from pressroom.core.spelling import visible

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Tracker(Protocol):
    """Shows one activity at a time, and lines that stay on the screen."""

    def note(self, text: str) -> None:
        """Print what happened."""
        ...

    def warn(self, text: str) -> None:
        """Print a warning."""
        ...

    def busy(self, label: str, share: float | None = None) -> None:
        """Show the present activity. share: how much of it is done, 0.0 to 1.0, or None for unknown."""
        ...

    def idle(self) -> None:
        """Show that the activity is over."""
        ...


@contextmanager
def tracker(console: Console) -> Generator[Tracker]:
    """Yield the tracker that suits the console."""
    if not console.can_draw:
        yield _Plain(console)
        return
    from rich.console import Console as Screen  # noqa: PLC0415  # loads only where something is drawn
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        # Without markup: a file name with [brackets] must not be read as a style.
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(show_speed=False),
        TimeElapsedColumn(),
    )
    # While it runs `Progress` replaces sys.stderr, so that lines which are written appear above the bar. The
    # bar is removed at the end, and the lines stay. It begins with the first activity: a question before that
    # would be drawn over.
    progress = Progress(*columns, console=Screen(stderr=True), transient=True)
    try:
        yield _Drawn(console, progress)
    finally:
        progress.stop()


class _Plain:
    """One line at the start of an activity, nothing while it runs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._label = ""

    def note(self, text: str) -> None:
        self._console.note(text)

    def warn(self, text: str) -> None:
        self._console.warn(text)

    def busy(self, label: str, share: float | None = None) -> None:  # noqa: ARG002  # the protocol's
        # Called for each share of an upload: a log file gets one line for all of them.
        if label != self._label:
            self._label = label
            self._console.note(f"{label} ...")

    def idle(self) -> None:
        self._label = ""


class _Drawn:
    """A moving bar below the lines that stay."""

    def __init__(self, console: Console, progress: "Progress") -> None:
        self._console = console
        self._progress = progress
        self._label = ""
        self._task: TaskID | None = None

    def note(self, text: str) -> None:
        self._console.note(text)

    def warn(self, text: str) -> None:
        self._console.warn(text)

    def busy(self, label: str, share: float | None = None) -> None:
        if self._task is None or label != self._label:
            self.idle()
            self._label = label
            self._progress.start()
            self._task = self._progress.add_task(visible(label), total=None if share is None else 1.0)
        if share is not None:
            self._progress.update(self._task, completed=share)

    def idle(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
