"""What the command line ends with: nothing below it knows that there are exit codes."""

from enum import IntEnum

from pressroom.cli.shell.failures import Interrupted, Misused
from pressroom.core import errors
from pressroom.core.errors import GraphError, PressroomError
from pressroom.core.failure import EarlierFailure
from pressroom.graph.error_table import Retry


class ExitCode(IntEnum):
    """What the command line ends with."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    SIGN_IN = 4
    RATE_LIMITED = 5
    NOT_FOUND = 6
    STILL_PROCESSING = 7
    OUTCOME_UNKNOWN = 8
    NEEDS_APPROVAL = 9
    INTERRUPTED = 130


_BY_RETRY: dict[Retry | None, ExitCode] = {
    Retry.AFTER_SIGN_IN: ExitCode.SIGN_IN,
    Retry.NEXT_WINDOW: ExitCode.RATE_LIMITED,
}
# The first that fits holds: a class stands before those it comes from.
_BY_CLASS: tuple[tuple[type[PressroomError], ExitCode], ...] = (
    (Misused, ExitCode.USAGE),
    (Interrupted, ExitCode.INTERRUPTED),
    (errors.Refused, ExitCode.REFUSED),
    (errors.NotFound, ExitCode.NOT_FOUND),
    (errors.KeyReused, ExitCode.USAGE),
    (errors.SignInRequired, ExitCode.SIGN_IN),
    (errors.StillProcessing, ExitCode.STILL_PROCESSING),
    (errors.StillWaiting, ExitCode.STILL_PROCESSING),
    (errors.OutcomeUnknown, ExitCode.OUTCOME_UNKNOWN),
    (errors.NeedsApproval, ExitCode.NEEDS_APPROVAL),
    (PressroomError, ExitCode.FAILED),
)


def exit_code_of(error: PressroomError) -> ExitCode:
    """Give the code that an error ends with; one that was kept ends as it did when it was met."""
    if isinstance(error, GraphError | EarlierFailure) and error.retry in _BY_RETRY:
        return _BY_RETRY[error.retry]
    met = error.origin if isinstance(error, EarlierFailure) else type(error)
    return next(code for known, code in _BY_CLASS if issubclass(met, known))
