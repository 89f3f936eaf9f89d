"""Requests with idempotency keys: which one it is, and the effect that its first run had."""

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from pressroom.core.actor import ActorId
from pressroom.core.consent import ProposalId
from pressroom.core.errors import Conflict

REQUEST_LIFETIME = timedelta(hours=24)
"""How long a request may be repeated under its idempotency key."""
LONGEST_REQUEST_KEY = 255


class RequestName(NamedTuple):
    """Which request it is: two programs, and two operations of one program, share no keys."""

    program: ActorId
    operation: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEffect:
    """What a request did, by what it is about; its present state is the answer to a repeat.

    subject_kind: a `core.journal.SubjectKind`, or a word of the operation's own, such as `proposal`.
    proposal_id: of what waits for a person, or waited.
    """

    subject_kind: str
    subject_id: str
    proposal_id: ProposalId | None = None


class RequestUnderWay(Conflict):
    """The same request is being carried out, or another run of it has taken over.

    retry_after_s: when to repeat it.
    """

    retry_after_s = 2

    def __init__(self, request: RequestName) -> None:
        super().__init__(
            f"The request with the idempotency key {request.key!r} is being carried out.",
            fix="Repeat it with the same key in some seconds, which tells what came of it.",
        )
