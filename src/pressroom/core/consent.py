"""Proposals of programs, people's decisions on them, and grants, which let a program act without asking.

And the keys by which programs come over HTTP, which are no consent to anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType, TypeAlias

from pressroom.core.account import AccountId
from pressroom.core.actor import ActorId, KeyId, Scope, actor_of
from pressroom.core.journal import SubjectKind

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
    uses count. is_anew: a post that was let go under the grant before now goes out at another time: it counts
    on that day, and not twice.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is kept: the key itself is not, only its SHA-256.

    actor: the program that it stands for. accounts: names or, once stored, ids of those that it is for; empty
    for all. ends_at: None for never. last_used_at: to the minute.
    """

    id: KeyId
    actor: ActorId
    digest: str
    scopes: tuple[Scope, ...]
    accounts: tuple[AccountId, ...] = ()
    created_at: datetime
    ends_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def name(self) -> str:
        """The name of the program."""
        return actor_of(self.actor).name

    def is_good(self, now: datetime) -> bool:
        """Tell whether it lets in."""
        return self.revoked_at is None and (self.ends_at is None or self.ends_at > now)
