"""Reads of one thing that a person names."""

from collections.abc import Generator
from contextlib import contextmanager

from pressroom.core.errors import ExitCode
from pressroom.core.graph_errors import AliasNotFound, MediaNotFound, ObjectNotFound

NOT_FOUND = (AliasNotFound, MediaNotFound, ObjectNotFound)


@contextmanager
def direct_read(*, applies: bool = True) -> Generator[None]:
    """End with "not found" where Meta knows no such thing; elsewhere the same error may pass by itself."""
    try:
        yield
    except NOT_FOUND as error:
        if applies:
            error.exit_code = ExitCode.NOT_FOUND
        raise
