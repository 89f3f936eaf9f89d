"""Pauses of accounts: by an error of Instagram's, and by a person or a program."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from pressroom.core.actor import ActorId
from pressroom.core.errors import GraphError

# A real time, so that comparisons need no special case; the largest year that datetime has.
UNTIL_RESUMED = datetime(9999, 12, 31, tzinfo=UTC)
"""The end of a pause that only a person can end."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Why an account starts nothing new, and until when.

    by, at: who paused it, and when. Without them Pressroom did so itself, after an error of Instagram's with
    that code and subcode; both kinds may hold at once.
    """

    until: datetime
    reason: str
    by: ActorId | None = None
    at: datetime | None = None
    code: int | None = None
    subcode: int | None = None

    @classmethod
    def after(cls, error: GraphError, until: datetime) -> "Pause":
        """Build the pause that an error of Instagram's causes."""
        return cls(until, str(error), code=error.body.code, subcode=error.body.error_subcode)


class PausedAccount(NamedTuple):
    """A pause in force. account: the name people use for it."""

    account: str
    pause: Pause
