"""The table of pauses that somebody made."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Table, Text

from pressroom.store.columns import Key, UtcTime, metadata

# The other pause, which an error of Instagram's caused, stands in these columns of `accounts`.
PAUSE_CODES = ("pause_code", "pause_subcode")
PAUSE_BY_ERROR = ("paused_until", "pause_reason", *PAUSE_CODES)

# A pause of an account by a person or a program, beside the one in `accounts` that an error of Instagram's
# caused: a sign-in ends that one, and never this.
pauses: Final = Table(
    "pauses",
    metadata,
    Column("account", Key, ForeignKey("accounts.id"), primary_key=True),
    Column("reason", Text, nullable=False),
    # A `core.actor.ActorId`. No foreign key, as in `posts`.
    Column("actor", Key, nullable=False),
    Column("at", UtcTime, nullable=False),
)
