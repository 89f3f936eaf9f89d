"""Errors: those of the command line itself, and how any error is printed and what exit code it has.

`tell` prints an error for a person or a program. Only the command line knows exit codes: errors of the rooms
below carry none.
"""

import errno
import os
import sys
import textwrap
import traceback
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from enum import IntEnum

import click
import msgspec

from pressroom.cli.shell.console import to_json, write
from pressroom.core import errors
from pressroom.core.errors import ErrorShape, GraphError, NotFound, PressroomError, Refused
from pressroom.core.remedies import by_command
from pressroom.core.settings import Mask
from pressroom.graph.error_table import CURED_BY_GRANT, Retry


class FailedShape(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a command that failed."""

    error: ErrorShape


class Misused(PressroomError):
    """The command line cannot be understood."""

    code: int | str | None = "usage"


class Interrupted(PressroomError):
    """Ctrl-C was pressed, or the process was sent SIGTERM or SIGHUP."""

    code: int | str | None = "interrupted"


class NotConfirmed(PressroomError):
    """A person was asked, and did not say yes."""

    code: int | str | None = "not_confirmed"


class SystemRefused(PressroomError):
    """The operating system refused a file, a directory or a connection."""

    code: int | str | None = "system"


class Fault(PressroomError):
    """A bug in Pressroom."""

    code: int | str | None = "fault"


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
    # What a shell says of a program that SIGINT ended: 128 + 2.
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
    from pressroom.core.failure import EarlierFailure  # noqa: PLC0415  # loads all errors of Meta's

    # A command that waits for a worker ends with the same code as one that publishes itself.
    if isinstance(error, GraphError | EarlierFailure) and error.retry in _BY_RETRY:
        return _BY_RETRY[error.retry]
    origin = error.origin if isinstance(error, EarlierFailure) else type(error)
    if origin.__name__ in CURED_BY_GRANT:
        from pressroom.graph.sentences import says_too_few_viewers  # noqa: PLC0415  # of two errors alone

        # The same code for insights that too few people have seen, which nobody can sign in for.
        if not says_too_few_viewers(error.message):
            return ExitCode.SIGN_IN
    return next(code for error_class, code in _BY_CLASS if issubclass(origin, error_class))


class NothingThere(NotFound):
    """Meta does not know the object that a person named. Printed as Meta's own error."""

    def __init__(self, answer: GraphError) -> None:
        super().__init__(answer.message, fix=answer.advice)
        self.answer = answer
        self.fbtrace_id: str | None = answer.fbtrace_id

    def shape(self) -> ErrorShape:
        """Return the documented error object of Meta's error."""
        return self.answer.shape()


@contextmanager
def direct_read(*, applies: bool = True) -> Generator[None]:
    """Turn Meta's "no such object" into NotFound: final for an id that a person gave, elsewhere maybe not."""
    # Loaded here, since the sandbox's commands have errors, and none of Meta's.
    from pressroom.core.graph_errors import AliasNotFound, MediaNotFound, ObjectNotFound  # noqa: PLC0415

    try:
        yield
    # Meta gives 100/33 also for an object that exists and cannot be read at the moment.
    except (AliasNotFound, MediaNotFound, ObjectNotFound) as error:
        if applies:
            raise NothingThere(error) from error
        raise


_ELSEWHERE = "Allow this user to write there, or name another place."
_FIXES = {
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
    errno.EROFS: _ELSEWHERE,
    errno.ENOSPC: "Free some space, or name a place on another disk.",
    errno.ENOENT: "Check the path; its directory has to be there.",
    errno.ENOTDIR: "Check the path: a part of it is a file.",
    errno.EISDIR: "Name a file: this is a directory.",
    errno.EEXIST: "Move what is there away, or name another place.",
}


def tell(error: BaseException, *, is_json: bool, environ: Mapping[str, str] | None = None) -> int:
    """Write the error to stderr and return the exit code."""
    env = os.environ if environ is None else environ
    mask = Mask.of(env)
    # A traceback quotes values, tokens among them, and people paste it into reports: masked as all else.
    if env.get("PRESSROOM_DEBUG"):
        write(sys.stderr, mask("".join(traceback.format_exception(error))))
    # A group without a command prints its help, which is no error object even under `--json`.
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        write(sys.stderr, mask(error.format_message()))
        return ExitCode.USAGE
    failure = _as_ours(error)
    code = exit_code_of(failure)
    if is_json:
        answer = msgspec.to_builtins(FailedShape(error=failure.shape()))
        write(sys.stderr, to_json(mask.json(answer), indent=None), is_data=True)
        return code

    lines, fix = [f"Error: {failure.message}"], failure.fix_by(by_command)
    if fix:
        lines.append(textwrap.indent(fix, "  "))
    if isinstance(failure, Refused):
        # Many fixes name the allowed values already.
        is_limit_said = failure.limit is None or str(failure.limit) in fix
        allowed = failure.limit
        words = ", ".join(map(str, allowed)) if isinstance(allowed, list | tuple) else allowed  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        limit = "" if is_limit_said else f"; allowed: {words}"
        value = f": {failure.value}" if failure.value else ""
        lines.append(f"  Rule {failure.rule}{value}{limit}.")
    if failure.fbtrace_id:
        lines.append(f"  Meta's trace id: {failure.fbtrace_id}.")
    write(sys.stderr, mask("\n".join(lines)))
    return code


def _as_ours(error: BaseException) -> PressroomError:
    match error:
        case PressroomError():
            return error
        case KeyboardInterrupt() | click.Abort():
            return Interrupted("Interrupted.")
        case click.ClickException():
            # Options that a callback finds in conflict have the context of their command
            # (`augment_usage_errors`), so the fix names that command's help.
            context = error.ctx if isinstance(error, click.UsageError) else None
            path = context.command_path.rstrip() if context else "pressroom"
            return Misused(error.format_message(), fix=f"See `{path} --help`.")
        case OSError():
            where = f": {error.filename}" if error.filename else ""
            return SystemRefused(f"{error.strerror or error}{where}.", fix=_FIXES.get(error.errno or 0, ""))
        case _:
            return Fault(
                f"Pressroom made a mistake ({type(error).__name__}: {error}).",
                fix="Please report it with what the same command prints under PRESSROOM_DEBUG=1.",
            )
