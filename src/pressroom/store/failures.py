"""Translates database errors for people, by the database's error codes, never by its messages."""

import contextlib
import sqlite3
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from pressroom.core.errors import Refused, StoreFailed
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.shortage import shortage_of


@dataclass(frozen=True, slots=True)
class _Words:
    """`says` continues "The store ...", or the name of another. retryable: it may pass without a change."""

    says: str
    fix: Fix | str
    retryable: bool = False


_CHECK = Remedy(RemedyKind.CHECK_STORE)
_NO_MEMORY = _Words("has no memory.", "Try again once this machine has some.", retryable=True)
_BUSY = _Words("is locked by another process.", "Try again in a moment.", retryable=True)
_FULL = _Words("cannot grow: the disk is full.", "Free some space, then try again.", retryable=True)
_NOT_WRITTEN = _Words("cannot be written: the disk failed.", "Look at the disk.", retryable=True)
_READ_ONLY = _Words("may only be read.", "Let this user write the file and its directory.")
_UNREACHABLE = _Words(
    "cannot be reached.", "Check that the server runs and PRESSROOM_DATABASE_URL is right.", retryable=True
)
_DENIED = _Words("refused the sign-in.", "Check user and password in PRESSROOM_DATABASE_URL.")
_FORBIDDEN = _Words("does not let this user do that.", "Grant the user all rights on the schema `pressroom`.")
_INTERRUPTED = _Words("was interrupted.", "Try again in a moment.", retryable=True)
_DAMAGED = _Words("is damaged.", Fix.of("Run {}, and put back a backup.", _CHECK))
_NO_STORE = _Words("is not a database.", "Check PRESSROOM_HOME; the file belongs to another program.")

_SQLITE = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,  # the -shm file beside the store could not grow
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _Words(
        "cannot be opened.",
        "Check that the data directory exists and this user may write it; and `ulimit -n`, since too many "
        "files may be open.",
        retryable=True,
    ),
    sqlite3.SQLITE_NOMEM: _NO_MEMORY,
    sqlite3.SQLITE_IOERR_NOMEM: _NO_MEMORY,
    sqlite3.SQLITE_IOERR: _Words(
        "cannot be read or written: the disk failed.", "Look at the disk.", retryable=True
    ),
    sqlite3.SQLITE_IOERR_WRITE: _NOT_WRITTEN,
    sqlite3.SQLITE_IOERR_FSYNC: _NOT_WRITTEN,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _NO_STORE,
}
# By SQLSTATE, else by its class, the first two characters. Source: PostgreSQL, Appendix A, Error Codes.
_POSTGRESQL = {
    "08": _UNREACHABLE,
    "25006": _Words("may only be read.", "Use the address of the primary server.", retryable=True),
    "28": _DENIED,
    "3D": _Words("is not there.", "Make the database, or name another in PRESSROOM_DATABASE_URL."),
    "40": _INTERRUPTED,
    "42501": _FORBIDDEN,
    "53100": _FULL,
    "53200": _NO_MEMORY,
    "53": _Words("has no room for another connection.", "Try again in a moment.", retryable=True),
    "55P03": _BUSY,
    "57": _INTERRUPTED,
    "58": _DAMAGED,
    "XX": _DAMAGED,
}
_OTHER = _Words("could not do that.", Fix.of("Run {}.", _CHECK))


class RuleBroken(StoreFailed):
    """A constraint refused a row: a bug in the program, or a lost race.

    rule: the constraint's name on PostgreSQL; SQLite's message, which names the columns.
    """

    def __init__(self, error: BaseException | None) -> None:
        self.rule: str = getattr(getattr(error, "diag", None), "constraint_name", None) or str(error)
        super().__init__(
            f"The store does not keep what breaks its rules: {self.rule}.",
            fix="Report this; nothing was changed.",
        )


class RolledBack(StoreFailed):
    """Another transaction was in the way, and nothing was written."""


_STORE = "The store"


@contextlib.contextmanager
def translated(subject: str = _STORE) -> Generator[None]:
    """Turn database errors into ours, which hold neither parameters nor addresses.

    subject: the database, as messages name it.
    """
    try:
        yield
    # `from None` throughout: the driver's text quotes row values and addresses.
    except IntegrityError as error:
        raise RuleBroken(error.orig) from None
    # A NUL, which PostgreSQL refuses, or a lone surrogate, as in a file name that is not UTF-8.
    except (DataError, UnicodeEncodeError):
        raise Refused(
            "A text holds what is no character, such as a file name that is not UTF-8.",
            rule="text",
            limit="UTF-8 without NUL",
            fix="Rename the file, or correct the text.",
        ) from None
    except DBAPIError as error:
        raise failure(error.orig, subject) from None
    except PoolTimeout:
        raise _failed(_BUSY, "") from None
    except sqlite3.Error as error:
        raise failure(error, subject) from None
    except MemoryError:  # what `sqlite3` makes of SQLITE_NOMEM
        raise _failed(_NO_MEMORY, "") from None


def failure(error: BaseException | None, subject: str = _STORE) -> StoreFailed:
    """Translate an error of `sqlite3` or psycopg. subject: the database, as the message names it."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        # Extended codes hold the primary code in their low byte.
        words = _SQLITE.get(code) or _SQLITE.get(code & 0xFF, _OTHER)
        # Whatever is read, only the store is written.
        named = _STORE if words in (_FULL, _NOT_WRITTEN) else subject
        return _failed(words, getattr(error, "sqlite_errorname", ""), subject=named)
    state: str | None = getattr(error, "sqlstate", None)
    # Without a SQLSTATE the error is psycopg's own: there is no connection.
    if state is None:
        return _failed(_UNREACHABLE, "")
    words = _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2]) or _OTHER
    # A deadlock or a serialization failure, and a row lock that did not come in time.
    is_undone = state.startswith("40") or state == "55P03"
    return _failed(words, state, RolledBack if is_undone else StoreFailed)


def failure_of_shortage(error: Exception) -> StoreFailed | None:
    """Make the error of an operation that a shortage of this machine kept from being run."""
    shortage = shortage_of(error)
    if shortage is None:
        return None
    return StoreFailed(
        f"The store could not be asked. {shortage.message}", fix=shortage.advice, retryable=True
    )


def unusable(path: Path, error: OSError) -> StoreFailed:
    """Make the error of a file that cannot be used."""
    fix = "Name a directory that this user may write and that has room, by PRESSROOM_HOME for the store."
    shortage = shortage_of(error)
    return StoreFailed(
        f"{path} cannot be used: {error.strerror}.",
        fix=shortage.advice if shortage else fix,
        retryable=shortage is not None,
    )


def _failed(
    words: _Words, code: str, kind: type[StoreFailed] = StoreFailed, subject: str = _STORE
) -> StoreFailed:
    shown = f" ({code})" if code else ""
    return kind(f"{subject} {words.says}{shown}", fix=words.fix, retryable=words.retryable)
