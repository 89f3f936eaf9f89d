"""Prints an error for a person or a program, and chooses the exit code."""

import errno
import os
import sys
import textwrap
import traceback
from collections.abc import Mapping

import click
import msgspec

from pressroom.cli.shell.console import to_json, write
from pressroom.cli.shell.exit_codes import ExitCode, exit_code_of
from pressroom.cli.shell.failures import Fault, Interrupted, Misused, SystemRefused
from pressroom.core.errors import FailedShape, PressroomError, Refused
from pressroom.core.masking import Mask
from pressroom.core.remedies import by_command

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
    known = _known(error)
    if is_json:
        told = msgspec.to_builtins(FailedShape(error=known.shape()))
        write(sys.stderr, to_json(mask.json(told), indent=None), is_data=True)
    else:
        write(sys.stderr, mask(_in_words(known)))
    return exit_code_of(known)


def _known(error: BaseException) -> PressroomError:
    match error:
        case PressroomError():
            return error
        case KeyboardInterrupt() | click.Abort():
            return Interrupted("Interrupted.")
        case click.ClickException():
            return _misused(error)
        case OSError():
            where = f": {error.filename}" if error.filename else ""
            return SystemRefused(f"{error.strerror or error}{where}.", fix=_FIXES.get(error.errno or 0, ""))
        case _:
            return Fault(
                f"Pressroom made a mistake ({type(error).__name__}: {error}).",
                fix="Please report it with what the same command prints under PRESSROOM_DEBUG=1.",
            )


def _misused(error: click.ClickException) -> Misused:
    # Options that a callback finds in conflict have the context of their command (`augment_usage_errors`), so
    # the fix names that command's help.
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "pressroom"
    return Misused(error.format_message(), fix=f"See `{path} --help`.")


def _in_words(error: PressroomError) -> str:
    lines = [f"Error: {error.message}"]
    fix = error.fix_by(by_command)
    if fix:
        lines.append(textwrap.indent(fix, "  "))
    if isinstance(error, Refused):
        # Many fixes name the allowed values already.
        is_limit_said = error.limit is None or str(error.limit) in fix
        limit = "" if is_limit_said else f"; allowed: {error.limit}"
        value = f": {error.value}" if error.value else ""
        lines.append(f"  Rule {error.rule}{value}{limit}.")
    if error.fbtrace_id:
        lines.append(f"  Meta's trace id: {error.fbtrace_id}.")
    return "\n".join(lines)
