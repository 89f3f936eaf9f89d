"""Keeps what other libraries say of their work for us out of a program's log."""

import logging


def quiet(library: str) -> None:
    """Log nothing of a library below WARNING, unless the program has set a level for it."""
    # As SQLAlchemy and psycopg do for themselves: a host that logs INFO at the root means its own lines.
    logger = logging.getLogger(library)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
