"""The command line: each command parses, calls one use-case, and renders what came of it.

`entry.run` is the way in and `root` names the commands. `shell/` holds what all of them know; each other
folder has the commands of one subject. Data goes to stdout, everything else to stderr.
"""

from pressroom.cli.entry import main

__all__ = ["main"]
