"""The command line: each command parses, calls one use-case, and renders what came of it.

`entry.run` is the way in, `root` names the commands, `command` holds what all of them know. Data goes to
stdout, everything else to stderr; exit codes are `exit_codes.ExitCode`.
"""

from pressroom.cli.entry import main

__all__ = ["main"]
