"""What programs ask for, what people say to it, and what programs may do without asking."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType, Protocol, TypeAlias

from pressroom.core.actor import ActorId
from pressroom.core.journal import JournalEvent, SubjectKind

ProposalId = NewType("ProposalId", str)
GrantId = NewType("GrantId", str)


class ProposalState(StrEnum):
    """How it stands with a proposal. Only a waiting one changes."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    VOID = "void"  # what it was about has changed, or is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a program wants to do and may not without a person.

    verb: what is to be done, a word. account: whose it is; its id, once it is stored. subject_id: what it is
    about, of the kind `subject_kind`. content_hash: of all that is asked; the same again is the same
    proposal. arguments: for whoever carries it out; summary: for the person who decides; outcome: what came
    of it; each a JSON object. earliest_at: nothing of it happens before. carried_out_at: when that began.
    """

    id: ProposalId
    actor: ActorId
    verb: str
    account: str | None = None
    subject_kind: SubjectKind | None = None
    subject_id: str | None = None
    content_hash: str
    arguments: Mapping[str, Any]
    summary: Mapping[str, Any]
    state: ProposalState = ProposalState.WAITING
    outcome: Mapping[str, Any] | None = None
    created_at: datetime
    expires_at: datetime
    earliest_at: datetime | None = None
    decided_by: ActorId | None = None
    decided_at: datetime | None = None
    carried_out_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a program may do without asking.

    verbs, accounts: exactly those; accounts by their ids, once it is stored. per_day: how often a day.
    ends_at: None for until it is revoked.
    """

    id: GrantId
    actor: ActorId
    verbs: tuple[str, ...]
    accounts: tuple[str, ...]
    per_day: int
    granted_by: ActorId
    created_at: datetime
    ends_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person says to a proposal that waits: approved or declined."""

    proposal: ProposalId
    state: ProposalState
    by: ActorId
    at: datetime
    outcome: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An approved proposal is carried out now, which happens once."""

    proposal: ProposalId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantUse:
    """A grant is used for something. day_start: from when uses count. reference: the post, or what else."""

    grant: GrantId
    at: datetime
    day_start: datetime
    reference: str


Consent: TypeAlias = Proposal | Decision | Claim | GrantUse
"""What lets a post be added or changed, kept in the same transaction.

A `Proposal` is what it waits for. A `Decision` that approves counts as carried out by the change.
"""


class Consents(Protocol):
    """Proposals and grants. Every change of one happens once, whoever tries at the same moment."""

    def propose(self, proposal: Proposal, events: Sequence[JournalEvent] = ()) -> Proposal:
        """Store a proposal, or give the one that waits for the same of the same actor: then no event is kept.

        One that nobody decided in time is asked anew under its own id. Raises Refused for an actor's id
        that is none.
        """
        ...

    def latest(self, actor: ActorId, content_hash: str, since: datetime) -> Proposal | None:
        """Give the newest proposal of an actor for the same, made at or after a time, however it stands."""
        ...

    def get(self, proposal_id: ProposalId) -> Proposal:
        """Give a proposal. Raises NotFound."""
        ...

    def find(self, prefix: str) -> Proposal:
        """Give the proposal whose id starts so. Raises NotFound for none and for several, naming them."""
        ...

    def list(
        self,
        states: Collection[ProposalState] = (),
        *,
        actor: ActorId | None = None,
        subject_id: str | None = None,
        limit: int = 100,
    ) -> tuple[Proposal, ...]:
        """Give proposals, the newest first. states: empty for all."""
        ...

    def decide(self, decision: Decision, events: Sequence[JournalEvent] = ()) -> Proposal:
        """Decide a proposal whose post, if it has one, stays as it is; any other is decided by `Posts.save`.

        Raises Conflict for one that does not wait, or not any more at that time; NotFound.
        """
        ...

    def claim(self, proposal_id: ProposalId, at: datetime) -> bool:
        """Begin to carry out an approved proposal; False when somebody did already, or it is not approved."""
        ...

    def finish(self, proposal_id: ProposalId, outcome: Mapping[str, Any]) -> None:
        """Keep what came of a proposal; anything that looks like a token is masked."""
        ...

    def void(
        self, kind: SubjectKind, subject_id: str, at: datetime, *, spared: ProposalId | None = None
    ) -> tuple[Proposal, ...]:
        """End the proposals that wait about something that has changed; gives them as they stand now."""
        ...

    def expire(self, now: datetime) -> tuple[Proposal, ...]:
        """End the proposals that were not decided in time; gives them as they stand now."""
        ...

    def grant(self, grant: Grant) -> None:
        """Store what a program may do without asking."""
        ...

    def grants(self, actor: ActorId | None = None) -> tuple[Grant, ...]:
        """Give the grants in the order of their making, with those that are over."""
        ...

    def revoke(self, grant_id: GrantId, at: datetime) -> bool:
        """End a grant; False when there is none that was not revoked."""
        ...

    def use(self, use: GrantUse, events: Sequence[JournalEvent] = ()) -> None:
        """Use a grant for what is no change of a post.

        Raises Conflict when it is used up for the day or over, or its actor was revoked; NotFound.
        """
        ...

    def uses(self, grant_id: GrantId, since: datetime) -> int:
        """Count the uses of a grant at or after a time."""
        ...
