"""What passes between a running command and the person at the terminal: progress, questions, the browser.

`tracker` shows progress: bars on a terminal, one plain line for each step elsewhere. `asked`, `confirmed` and
`chosen` are for an attended terminal alone (`Runtime.is_attended`).
"""

import contextlib
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from pressroom.cli.shell.command import Invocation
from pressroom.cli.shell.console import Console, write
from pressroom.cli.shell.failures import Interrupted
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
    # Without rich's own wrapping, which breaks addresses: `write` has folded the lines.
    progress = Progress(*columns, console=Screen(stderr=True, soft_wrap=True), transient=True)
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


async def confirmed(console: Console, question: str, about: Sequence[str] = ()) -> bool:
    """Ask on stderr and return whether the answer is yes; no answer is no. Only for an attended terminal.

    about: lines that show what is asked about, also of a quiet command.
    """
    for line in about:
        write(sys.stderr, console.mask(line))
    try:
        return (await asked(console, f"{question} [y/N]")).lower() in ("y", "yes")
    except Interrupted:
        return False


LONGEST_LINE = 1 << 16
"""No answer, pasted address or token is as long; whatever comes beyond is not read."""


async def asked(console: Console, question: str, *, default: str = "", is_hidden: bool = False) -> str:
    """Ask on stderr and return the line typed, or the default for an empty one.

    is_hidden: what is typed or pasted is not shown. Only for an attended terminal.
    """
    import asyncio  # noqa: PLC0415  # what only shows progress loads none of it

    # Before the question: what is pasted at once must not be shown either.
    with _unseen() if is_hidden else contextlib.nullcontext():
        write(sys.stderr, console.mask(f"{question} [{default}]" if default else question))
        # Waited for by the event loop: a blocking read would not be ended by Ctrl-C, which the loop handles.
        loop, typed = asyncio.get_running_loop(), asyncio.Event()
        with contextlib.suppress(OSError):  # what cannot be waited for, such as a file, can be read at once
            loop.add_reader(sys.stdin.fileno(), typed.set)
            try:
                await typed.wait()
            finally:
                loop.remove_reader(sys.stdin.fileno())
        line = sys.stdin.readline(LONGEST_LINE)
    if not line:
        raise Interrupted("The terminal was closed in place of an answer.")
    if is_hidden:
        write(sys.stderr, "")  # the Enter that was not shown
    return line.strip() or default


async def chosen(console: Console, question: str, options: Sequence[str]) -> int:
    """Ask for one of several and return its place, the first for an empty answer."""
    for number, option in enumerate(options, 1):
        write(sys.stderr, console.mask(f"  {number}  {option}"))
    while True:
        answer = await asked(console, question, default="1")
        # `isdigit` alone takes letters such as a raised 2, which `int` refuses.
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(options):
            return int(answer) - 1
        write(sys.stderr, f"Give a number from 1 to {len(options)}.")


@contextlib.contextmanager
def _unseen() -> Generator[None]:
    """Turn off the terminal's echo; put it back whatever happens, Ctrl-C included."""
    if not sys.stdin.isatty():
        yield
        return
    import termios  # noqa: PLC0415  # loads only where somebody is asked

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    hidden = list(before)
    hidden[3] &= ~termios.ECHO
    try:
        termios.tcsetattr(terminal, termios.TCSADRAIN, hidden)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


# Some browsers return only when they are closed.
_WAITED_S = 5.0


def has_browser(invocation: Invocation) -> bool:
    """Tell whether a browser with windows can be opened for whoever is at the terminal."""
    # Without a display a text browser would take the terminal over.
    environ = invocation.runtime.environ
    has_display = sys.platform != "linux" or environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    return invocation.runtime.is_attended() and bool(has_display) and not environ.get("SSH_CONNECTION")


def open_in_browser(address: str, *, is_waited_for: bool = False) -> None:
    """Open an address. is_waited_for: wait some seconds for it, where the process would else end first."""
    import webbrowser  # noqa: PLC0415  # loads subprocess; few commands open anything

    # A daemon: this process may end while the browser is still open.
    opening = threading.Thread(target=webbrowser.open, args=(address,), daemon=True)
    opening.start()
    if is_waited_for:
        opening.join(_WAITED_S)
