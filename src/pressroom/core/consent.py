"""Proposals of programs, people's decisions on them, and grants, which let a program act without asking."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType, Protocol, TypeAlias

from pressroom.core.actor import ActorId
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import PostId, PostState

ProposalId = NewType("ProposalId", str)
GrantId = NewType("GrantId", str)


class ProposalState(StrEnum):
    """The state of a proposal. Only a waiting one changes state."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    VOID = "void"  # its subject was changed or deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a program wants to do and needs a person's approval for.

    verb: the operation, one word. account: an account's name or, once stored, its id. subject_id: what the
    proposal is about, of the kind `subject_kind`. content_hash: of everything asked for; a repeat with the
    same hash is the same proposal. arguments: for carrying it out; summary: for the person who decides;
    outcome: its result; each a JSON object. earliest_at: it is not carried out before. carried_out_at: when
    that began.
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
    """A permission for a program to act without asking.

    verbs, accounts: what it covers; accounts are ids once it is stored. per_day: uses per day.
    ends_at: None until it is revoked.
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
    """A person's decision on a waiting proposal: approved or declined."""

    proposal: ProposalId
    state: ProposalState
    by: ActorId
    at: datetime
    outcome: Mapping[str, Any] | None = None


# Apart from the decision, because a call to Instagram cannot be part of a commit: whoever claims it makes
# it, and after a crash in between nobody makes it again. See docs/decisions/0014.
@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The claim to carry out an approved proposal, which succeeds once."""

    proposal: ProposalId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantUse:
    """One use of a grant. reference: the post or call it is used for.

    at: when that goes out, which is before the grant's end. day_start, day_end: the day it goes out on, whose
    uses count. is_anew: a post that went under the grant already goes out later; counted there, not twice.
    """

    grant: GrantId
    at: datetime
    # The day of the account's zone: docs/decisions/0014.
    day_start: datetime
    day_end: datetime
    reference: str
    is_anew: bool = False


Consent: TypeAlias = Proposal | Decision | Claim | GrantUse
"""What permits a post to be added or changed; stored or used in the same transaction.

The post waits for a `Proposal`. A `Decision` that approves is carried out by the change itself.
"""


class Consents(Protocol):
    """Proposals and grants. Of concurrent changes to one, exactly one succeeds."""

    def propose(self, proposal: Proposal, events: Sequence[JournalEvent] = ()) -> Proposal:
        """Store a proposal, or return the actor's waiting one for the same content and store no events.

        An expired one is renewed under its own id. Raises Refused for an invalid actor id.
        """
        ...

    def latest(self, actor: ActorId, content_hash: str, since: datetime) -> Proposal | None:
        """Return an actor's newest proposal for the same content made since a time, in whatever state."""
        ...

    def get(self, proposal_id: ProposalId) -> Proposal:
        """Return a proposal. Raises NotFound."""
        ...

    def starting(self, prefix: str) -> tuple[Proposal, ...]:
        """Return the first proposals whose ids have a prefix, by id: as many as `core.ids` names."""
        ...

    def list(
        self,
        states: Collection[ProposalState] = (),
        *,
        actor: ActorId | None = None,
        subject_id: str | None = None,
        limit: int = 100,
        after: Proposal | None = None,
    ) -> tuple[Proposal, ...]:
        """Return proposals, the newest first. states: empty for all. after: the last of the page before."""
        ...

    def count_waiting(self, now: datetime, *, made_until: datetime | None = None) -> int:
        """Count the proposals that can be decided now. made_until: only those made then or before."""
        ...

    def decide(self, decision: Decision, events: Sequence[JournalEvent] = ()) -> Proposal:
        """Decide a proposal without changing its post; `Posts.save` decides one that changes it.

        Raises Conflict for one that is not waiting or has expired, and NotFound.
        """
        ...

    def claim(self, proposal_id: ProposalId, at: datetime) -> bool:
        """Claim an approved proposal to carry it out; False when it is claimed already or not approved."""
        ...

    def finish(self, proposal_id: ProposalId, outcome: Mapping[str, Any]) -> None:
        """Store the outcome of a proposal; anything that looks like a token is masked."""
        ...

    def void(
        self, kind: SubjectKind, subject_id: str, at: datetime, *, spared: ProposalId | None = None
    ) -> tuple[Proposal, ...]:
        """End the waiting proposals about a subject that has changed; returns them in their new state.

        spared: the one that is not ended.
        """
        ...

    def expire(self, now: datetime) -> tuple[Proposal, ...]:
        """End the proposals that were not decided in time; returns them in their new state."""
        ...

    def grant(self, grant: Grant) -> None:
        """Store a grant."""
        ...

    def grants(self, actor: ActorId | None = None) -> tuple[Grant, ...]:
        """Return the grants in the order they were made, including those that have ended."""
        ...

    def revoke(
        self, grant_id: GrantId, at: datetime, *, leaves: bool = False
    ) -> Mapping[PostId, PostState] | None:
        """Revoke a grant and return what was let go under it, as `released` does.

        leaves: those posts go out all the same; else no send of one is opened from then on. None for an
        unknown grant and for one already revoked.
        """
        ...

    def released(self, grant_id: GrantId) -> Mapping[PostId, PostState]:
        """Return the posts that were let go under a grant, with their present states."""
        ...

    def grants_of(self, post_id: PostId) -> tuple[Grant, ...]:
        """Return the grants that a post was let go under, revoked ones too."""
        ...

    def use(self, use: GrantUse, events: Sequence[JournalEvent] = ()) -> None:
        """Count a use of a grant for something other than a change of a post.

        Raises Conflict when it is used up for the day or over, or its actor was revoked, and NotFound.
        """
        ...

    def uses(self, use: GrantUse) -> int:
        """Count the uses of a grant on the day of a use, with that one."""
        ...
