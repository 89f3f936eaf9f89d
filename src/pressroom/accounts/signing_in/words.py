"""Explains errors of Meta's that sign-in is known to meet."""

from collections.abc import Generator
from contextlib import contextmanager

from pressroom.core.errors import GraphError
from pressroom.core.remedies import Fix
from pressroom.graph.traps import Trap, recognised


@contextmanager
def explained() -> Generator[None]:
    """Let an error of Meta's that has a known cause say the cause, and what helps."""
    try:
        yield
    except GraphError as error:
        trap = recognised(error.message)
        if trap is not None:
            explain(error, trap)
        raise


def explain(error: GraphError, trap: Trap) -> None:
    """Give an error the cause and the remedy of a trap."""
    error.message = f"{error.message.rstrip('.')}. {trap.cause}"
    error.advice = Fix(trap.remedy)
