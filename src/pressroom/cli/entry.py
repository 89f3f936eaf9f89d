"""The way in: runs one command and turns whatever comes of it into an exit code."""

import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from pressroom.cli.root import root

if TYPE_CHECKING:
    from pressroom.cli.shell.runtime import Runtime


def main() -> None:
    """Run this process's command and end the process."""
    _end_as_by_ctrl_c()
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        _admit_every_letter(stream)
    sys.exit(run(sys.argv[1:]))


def _end_as_by_ctrl_c() -> None:
    """Let SIGTERM and SIGHUP leave nothing half-written either; what `nohup` ignores stays ignored."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.default_int_handler)


def run(args: Sequence[str], runtime: "Runtime | None" = None) -> int:
    """Run a command and give its exit code.

    runtime: what the command is run with; None stands for this process's environment, clock and network.
    """
    try:
        return root.main(list(args), prog_name="pressroom", standalone_mode=False, obj=runtime) or 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the last resort: no traceback leaves
        from pressroom.cli.shell.telling import tell  # noqa: PLC0415  # a command that goes well needs none of it

        return tell(error, is_json=_wants_json(args), environ=runtime.environ if runtime else None)


def _wants_json(args: Sequence[str]) -> bool:
    """Tell whether errors are to be JSON, also when the command line cannot be parsed."""
    options = args[: args.index("--")] if "--" in args else args
    return "--json" in options


def _open_what_is_closed() -> None:
    """Let a stream that the caller closed lead nowhere: the work is done all the same.

    In this order each takes the number it should have, so that no file or connection gets it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123  # kept to the end


def _admit_every_letter(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="backslashreplace")
