"""The command line: each command parses its options, calls one use-case, and prints the result.

Start at `entry.run`; `front.COMMANDS` names the commands. `shell/` holds what all commands share;
every other folder has the commands of one subject. Data goes to stdout, everything else to stderr.
"""

from pressroom.cli.entry import main

__all__ = ["main"]
