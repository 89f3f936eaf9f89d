"""Tells whether a person is at the terminal."""

import sys


def is_attended() -> bool:
    """Return whether a person can read messages and answer; stdout may be redirected."""
    # A daemon's streams may be closed, or None.
    return all(
        stream is not None and not stream.closed and stream.isatty() for stream in (sys.stdin, sys.stderr)
    )
