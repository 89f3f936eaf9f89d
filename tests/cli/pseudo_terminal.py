"""A person at a pseudo-terminal: reads what a command asks, and types."""

import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.cli.processes import COMMAND
from tests.patience import patience
from tests.slow import must_be_slow

_WAIT_S = 30.0
_CHUNK = 65_536


class Terminal:
    """One command at a terminal. seen: everything that stood on it. asked: questions answered so far."""

    def __init__(self, leader: int, process: "subprocess.Popen[bytes]") -> None:
        self._leader = leader
        self.process = process
        self.seen = ""
        self.asked = 0
        self._read = 0

    def until(self, pattern: str) -> str:
        """Wait for a text that was not waited for yet, and give what stood before it since then."""
        ends = time.monotonic() + patience(_WAIT_S)
        while (found := re.search(pattern, self.seen[self._read :])) is None:
            assert time.monotonic() < ends, f"{pattern!r} did not come: {self.seen}"
            assert self._take(0.2), f"it ended before {pattern!r}: {self.seen}"
        before = self.seen[self._read : self._read + found.start()]
        self._read += found.end()
        return before

    def answer(self, question: str, text: str) -> str:
        """Answer a question, and give what stood before it."""
        before = self.until(question)
        self.type(text)
        self.asked += 1
        return before

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._leader, f"{text}\n".encode())

    def press(self, key: str) -> None:
        """Press one key, such as Ctrl-C, which the terminal turns into a signal."""
        os.write(self._leader, key.encode())

    @property
    def echoes(self) -> bool:
        """Whether what is typed is shown."""
        return bool(termios.tcgetattr(self._leader)[3] & termios.ECHO)

    def end(self) -> int:
        """Read to the end, and give the exit code."""
        while self._take(patience(_WAIT_S)):
            pass
        return self.process.wait(timeout=patience(_WAIT_S))

    def _take(self, wait_s: float) -> bool:
        """Read what is there; False once the command has ended."""
        if not select.select([self._leader], [], [], wait_s)[0]:
            return True
        try:
            chunk = os.read(self._leader, _CHUNK)
        except OSError:  # the other end is closed
            return False
        self.seen += chunk.decode(errors="replace").replace("\r\n", "\n")
        return bool(chunk)


@contextmanager
def at_terminal(
    *args: str, home: Path, program: Sequence[str] = COMMAND, **environ: str
) -> Generator[Terminal]:
    """Run a command at a new pseudo-terminal, and kill it when the block ends.

    program: what `args` are given to; Pressroom by default. home: PRESSROOM_HOME of the command.
    """
    must_be_slow("starts processes")
    leader, follower = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INSTAGRAM_", "META_"))}
    # CI="": build servers set CI, and commands that find it do not treat the terminal as a user's.
    env = {**kept, "PRESSROOM_HOME": str(home), "TERM": "dumb", "CI": "", **environ}
    with subprocess.Popen(
        [*program, *args],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=env,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509  # Ctrl-C needs a controlling terminal
    ) as process:
        os.close(follower)
        try:
            yield Terminal(leader, process)
        finally:
            process.kill()
            os.close(leader)


def _take_terminal() -> None:
    import fcntl  # noqa: PLC0415  # in the child

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
