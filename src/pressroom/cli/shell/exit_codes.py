"""Exit codes. Only the command line knows them: errors of the rooms below carry none."""

from collections.abc import Collection
from enum import IntEnum

from pressroom.cli.shell.failures import Interrupted, Misused
from pressroom.core import errors
from pressroom.core.errors import GraphError, PressroomError
from pressroom.core.failure import EarlierFailure
from pressroom.graph.error_table import Retry


class ExitCode(IntEnum):
    """The exit codes of every command."""

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


# These errors of Meta's get their code from when a retry can succeed, whatever their class.
_BY_RETRY: dict[Retry | None, ExitCode] = {
    Retry.AFTER_SIGN_IN: ExitCode.SIGN_IN,
    Retry.NEXT_WINDOW: ExitCode.RATE_LIMITED,
}
# The first match wins, so a subclass is listed before its base.
_BY_CLASS: tuple[tuple[type[PressroomError], ExitCode], ...] = (
    (Misused, ExitCode.USAGE),
    (Interrupted, ExitCode.INTERRUPTED),
    (errors.Refused, ExitCode.REFUSED),
    (errors.NotFound, ExitCode.NOT_FOUND),
    (errors.KeyReused, ExitCode.USAGE),
    (errors.SignInRequired, ExitCode.SIGN_IN),
    (errors.RateLimitHolds, ExitCode.RATE_LIMITED),
    (errors.StillProcessing, ExitCode.STILL_PROCESSING),
    (errors.StillWaiting, ExitCode.STILL_PROCESSING),
    (errors.OutcomeUnknown, ExitCode.OUTCOME_UNKNOWN),
    (errors.NeedsApproval, ExitCode.NEEDS_APPROVAL),
    (PressroomError, ExitCode.FAILED),
)


# Of several errors the command ends with the code that asks most of a person; those that time alone mends, or
# that only wait for an answer, come last.
_WORST_FIRST = (
    ExitCode.OUTCOME_UNKNOWN,
    ExitCode.SIGN_IN,
    ExitCode.RATE_LIMITED,
    ExitCode.NOT_FOUND,
    ExitCode.REFUSED,
    ExitCode.USAGE,
    ExitCode.FAILED,
    ExitCode.STILL_PROCESSING,
    ExitCode.NEEDS_APPROVAL,
)


def worst(codes: Collection[ExitCode]) -> ExitCode | None:
    """Return the exit code of a command of which several things failed; None where none did."""
    return min(codes, key=_WORST_FIRST.index, default=None)


def exit_code_of(error: PressroomError) -> ExitCode:
    """Return the exit code of an error; an error that a post was stored with has that of the original."""
    # A command that waits for a worker ends with the same code as one that publishes itself.
    if isinstance(error, GraphError | EarlierFailure) and error.retry in _BY_RETRY:
        return _BY_RETRY[error.retry]
    met = error.origin if isinstance(error, EarlierFailure) else type(error)
    return next(code for known, code in _BY_CLASS if issubclass(met, known))
