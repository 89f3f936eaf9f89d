"""The entry point: runs one command and turns its result or error into an exit code."""

import gc
import os
import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING

from pressroom.cli.front import COMPLETE, page_of

if TYPE_CHECKING:
    from pressroom.cli.shell.command import Runtime


def main() -> None:
    """Run this process's command and end the process."""
    # First of all, since a signal may come while the command is being imported: SIGTERM and SIGHUP end it as
    # Ctrl-C does, so that they leave no half-written file either.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # `nohup` starts a process with SIGHUP ignored; a handler of ours would undo that.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.default_int_handler)

    # Python sets a stream that the caller closed to None. `open` takes the lowest free number, so in this
    # order each stream gets its own; else the next file or connection would, and a print would write into it.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # kept to the end
    # What comes in need not be UTF-8, which is refused with the reason where it is used; and a terminal in
    # ASCII or Latin-1 must not turn a live post into a UnicodeEncodeError.
    streams = {sys.stdin: "surrogateescape", sys.stdout: "backslashreplace", sys.stderr: "backslashreplace"}
    for stream, errors in streams.items():
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)

    code = run(sys.argv[1:])
    # Python's last collection would walk all that was imported, a seventh of a short command's time, to free
    # what the system frees at once.
    gc.freeze()
    sys.exit(code)


def run(args: Sequence[str], runtime: "Runtime | None" = None) -> int:
    """Run a command and return its exit code.

    runtime: what the command is run with; None means this process's environment, clock and network.
    """
    try:
        if page := page_of(args):
            try:
                sys.stdout.write(f"{page}\n")
                sys.stdout.flush()
            except BrokenPipeError:
                # Whoever reads it has seen enough, as `head` has. Python's own last flush would fail, too.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return 1
            return 0
        from pressroom.cli.root import root  # noqa: PLC0415  # loads click

        # `standalone_mode=False`, or click would print usage errors and exit by itself, without our JSON.
        return root.main(list(args), prog_name="pressroom", standalone_mode=False, obj=runtime) or 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the last resort: no traceback leaves
        if COMPLETE in os.environ:  # a shell would print the reason at the prompt
            return 1
        from pressroom.cli.shell.failures import tell  # noqa: PLC0415  # a command that goes well needs none of it

        # Also where the command line cannot be parsed. Behind `--` a word is a file's name, even this one.
        options = args[: args.index("--")] if "--" in args else args
        return tell(error, is_json="--json" in options, environ=runtime.environ if runtime else None)
