"""Reads of one thing that a person names."""

from collections.abc import Generator
from contextlib import contextmanager

from pressroom.core.error_shape import ErrorShape
from pressroom.core.errors import GraphError, NotFound
from pressroom.core.graph_errors import AliasNotFound, MediaNotFound, ObjectNotFound

NOT_FOUND = (AliasNotFound, MediaNotFound, ObjectNotFound)


class NothingThere(NotFound):
    """Meta knows no such thing as a person named. It is told as Meta's error."""

    def __init__(self, said: GraphError) -> None:
        super().__init__(said.message, fix=said.advice)
        self.said = said
        self.fbtrace_id = said.fbtrace_id

    def shape(self) -> ErrorShape:
        """Give the documented error object of what Meta said."""
        return self.said.shape()


@contextmanager
def direct_read(*, applies: bool = True) -> Generator[None]:
    """End with "not found" where Meta knows no such thing; elsewhere the same error may pass by itself."""
    try:
        yield
    except NOT_FOUND as error:
        if applies:
            raise NothingThere(error) from error
        raise
