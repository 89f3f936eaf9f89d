"""Errors of reading one object that a person names."""

from collections.abc import Generator
from contextlib import contextmanager

from pressroom.core.errors import ErrorShape, GraphError, NotFound
from pressroom.core.graph_errors import AliasNotFound, MediaNotFound, ObjectNotFound

# Meta gives 100/33 also for an object that exists and cannot be read at the moment.
NOT_FOUND = (AliasNotFound, MediaNotFound, ObjectNotFound)


class NothingThere(NotFound):
    """Meta does not know the object that a person named. Printed as Meta's own error."""

    def __init__(self, said: GraphError) -> None:
        super().__init__(said.message, fix=said.advice)
        self.said = said
        self.fbtrace_id: str | None = said.fbtrace_id

    def shape(self) -> ErrorShape:
        """Return the documented error object of Meta's error."""
        return self.said.shape()


@contextmanager
def direct_read(*, applies: bool = True) -> Generator[None]:
    """Turn Meta's "no such object" into NotFound: final for an id that a person gave, elsewhere maybe not."""
    try:
        yield
    except NOT_FOUND as error:
        if applies:
            raise NothingThere(error) from error
        raise
