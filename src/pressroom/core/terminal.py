"""Whether a person is there."""

import sys


def is_attended() -> bool:
    """Tell whether a person can see what is said and answer it; stdout may go elsewhere."""
    return all(
        stream is not None and not stream.closed and stream.isatty() for stream in (sys.stdin, sys.stderr)
    )
